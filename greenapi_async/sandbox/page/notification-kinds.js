// What each notification of the catalogue reports, in words.

const EVENTS = {
  incomingMessageReceived: 'A person has written to the account.',
  outgoingMessageReceived: 'The owner has sent a message on the phone.',
  outgoingAPIMessageReceived: 'A message was sent through the API.',
  outgoingMessageStatus: 'A sent message has a new status, such as delivered or read.',
  stateInstanceChanged: 'The state of the instance has changed, for example to blocked.',
  statusInstanceChanged: 'The connection to WhatsApp was lost or restored.',
  avatarInfo: 'A person or a group has a new picture.',
  interactiveButtons: 'A message with buttons that open a link, call or copy a code.',
  interactiveButtonsReply: 'A message with buttons to answer with.',
  interactiveButtonsResponse: 'A person has pressed a button.',
  editedMessage: 'A message was edited.',
  deletedMessage: 'A message was deleted for everyone.',
  reactionMessage: 'A person has reacted to a message with an emoji.',
  pollUpdateMessage: 'A person has voted in a poll.',
  quotedMessage: 'A reply that quotes a message.',
  deviceInfo: 'Data of the phone, such as its battery.',
  incomingCall: 'Somebody calls the account.',
  outgoingCall: 'The account calls somebody.',
  incomingBlock: 'A person has blocked the account, or no longer does.',
  quotaExceeded: 'The monthly quota of the tariff is used up.',
};

// Return what a kind means; kinds of messages are named by their content.
export const kindHint = (kind) => {
  if (EVENTS[kind]) return EVENTS[kind];
  if (!kind) return '';
  const what = kind.replace(/Message$/, '').replace(/([A-Z])/g, ' $1').toLowerCase();
  return kind.endsWith('Message') ? `A message with this content: ${what}.` : `An event of the instance: ${what}.`;
};
