// Readable names of the settings, which are shown above the names that the API has for them.

export const LABELS = {
  delaySendMessagesMilliseconds: 'Pause between two messages, in ms',
  webhookUrl: 'Webhook URL, empty for polling',
  webhookUrlToken: 'Token in the header Authorization of pushes',
  incomingWebhook: 'Notify of incoming messages',
  outgoingWebhook: 'Notify of statuses of sent messages',
  outgoingMessageWebhook: 'Notify of messages sent on the phone',
  outgoingAPIMessageWebhook: 'Notify of messages sent by the API',
  stateWebhook: 'Notify of changes of the state',
  statusInstanceWebhook: 'Notify of the connection to WhatsApp',
  deviceWebhook: 'Notify of the phone and its battery',
  pollMessageWebhook: 'Notify of polls and votes',
  incomingCallWebhook: 'Notify of incoming calls',
  outgoingCallWebhook: 'Notify of outgoing calls',
  incomingBlockWebhook: 'Notify of blocked chats',
  editedMessageWebhook: 'Notify of edited messages',
  deletedMessageWebhook: 'Notify of deleted messages',
  catalogWebhook: 'Notify of products and orders',
  incomingMessageStatusWebhook: 'Notify of statuses of incoming messages',
  markIncomingMessagesReaded: 'Mark incoming messages as read',
  markIncomingMessagesReadedOnReply: 'Mark messages as read on a reply',
  keepOnlineStatus: 'Appear online',
  sharedSession: 'Share the session',
  enableMessagesHistory: 'Fetch the history from the phone',
  linkPreview: 'Show previews of links',
  enableLidMode: 'Hide phone numbers (@lid)',
};

export const labelOf = (name) => LABELS[name] ?? name;
