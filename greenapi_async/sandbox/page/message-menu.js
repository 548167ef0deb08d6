// The menu of a message.

import { act } from './api.js';
import { ask, confirm } from './dialogs.js';
import { copy } from './dom.js';
import { openMenu } from './menu.js';
import { ACCOUNT, actor, change, draft, isGroupId } from './store.js';
import { summary } from './names-and-times.js';
import { withErrorToast, toast } from './toast.js';

const EMOJI = ['👍', '❤️', '😂', '😮', '😢', '🙏'];
const EDITABLE = ['textMessage', 'extendedTextMessage', 'quotedMessage', 'imageMessage', 'videoMessage', 'documentMessage'];

const react = (row, emoji) => withErrorToast(() => act(row.chatId, { react: { idMessage: row.idMessage, emoji } }));

const reply = (row) => {
  change(() => { draft(row.chatId).reply = row.idMessage; });
  document.querySelector('#message-text').focus();
};

const otherReaction = (row) =>
  ask({
    title: 'React',
    action: 'React',
    specs: [{ name: 'emoji', label: 'Emoji', hint: 'Leave empty to remove the reaction' }],
    submit: ({ emoji = '' }) => act(row.chatId, { react: { idMessage: row.idMessage, emoji } }),
  });

const edit = (row, author) =>
  ask({
    title: 'Edit message',
    action: 'Save',
    specs: [{ name: 'text', label: 'Text', type: 'textarea', value: row.text, required: true }],
    submit: ({ text = '' }) => act(row.chatId, { edit: { idMessage: row.idMessage, text } }, author),
  });

const remove = (row, author) =>
  confirm('Delete message', `Delete “${summary(row).slice(0, 80)}” for everyone?`, 'Delete', () =>
    act(row.chatId, { delete: { idMessage: row.idMessage } }, author),
  );

// Contacts edit their own messages; those of the account can be edited as the account only.
const authorOf = (row) => {
  if (row.type === 'outgoing') return actor(row.chatId) === ACCOUNT ? ACCOUNT : null;
  return isGroupId(row.chatId) ? row.sender : row.chatId;
};

export const messageMenu = (anchor, row) => {
  const author = authorOf(row);
  openMenu(anchor, 'Message actions', [
    [...EMOJI.map((emoji) => ({ label: emoji, name: `React with ${emoji}`, run: () => react(row, emoji) }))],
    { label: 'Other reaction…', icon: 'smile', run: () => otherReaction(row) },
    { label: 'Reply', icon: 'reply', run: () => reply(row) },
    row.text && { label: 'Copy text', icon: 'copy', run: () => withErrorToast(async () => { await copy(row.text); toast('Copied.'); }) },
    author && EDITABLE.includes(row.typeMessage) && { label: 'Edit…', icon: 'pen', run: () => edit(row, author) },
    author && { label: 'Delete…', icon: 'bin', run: () => remove(row, author), class: 'danger' },
  ]);
};
