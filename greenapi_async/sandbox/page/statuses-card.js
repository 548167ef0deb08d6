// The statuses that the account has posted and seen, newest first.

import { postStatus, viewStatus } from './api.js';
import { ask } from './dialogs.js';
import { button, h, reconcile, setHidden, setText } from './dom.js';
import { shortTime, summary } from './names-and-times.js';
import { state } from './store.js';
import { withErrorToast, toast } from './toast.js';

const words = (row) => summary({ typeMessage: row.typeMessage, text: row.textMessage || row.caption, content: row });

const unseen = (row) => row.viewers.filter((one) => one.status !== 'read');

const view = (row) =>
  withErrorToast(async () => {
    for (const { chatId } of unseen(row)) await viewStatus(row.idMessage, chatId);
    toast('Seen by all contacts.');
  });

const create = (row) => {
  const parts = { text: h('strong'), about: h('span', { class: 'hint' }), see: button('Let contacts see it', () => view(row), { class: 'small' }) };
  const node = h('li', { class: 'status' }, parts.text, parts.about, parts.see);
  node.parts = parts;
  return node;
};

const update = ({ parts }, row) => {
  const who = row.type === 'outgoing' ? 'The account' : row.senderName;
  const viewers = row.viewers.map(({ name, status }) => `${name}: ${status}`).join(', ');
  setText(parts.text, words(row));
  setText(parts.about, [who, shortTime(row.timestamp), viewers || (row.type === 'outgoing' ? 'no contact to show it to' : '')].filter(Boolean).join(' · '));
  setHidden(parts.see, unseen(row).length === 0);
};

const post = () => {
  const contacts = state.chats.filter((one) => !one.isGroup).map((one) => [one.chatId, one.name || one.chatId]);
  if (!contacts.length) return toast('Add a contact first.');
  return ask({
    title: 'Post a status as a contact',
    action: 'Post',
    specs: [
      { name: 'chatId', label: 'Contact', type: 'select', options: contacts, hint: 'The account sees statuses of its saved contacts only' },
      { name: 'message', label: 'Text', required: true },
    ],
    submit: postStatus,
  });
};

export const statusesCard = () => {
  const list = h('ol', { class: 'statuses', 'aria-label': 'Statuses, newest first' });
  const none = h('p', { class: 'hint' }, 'What the bot posts with sendTextStatus appears here, and what the account’s contacts post.');
  const node = h('section', { class: 'section' }, h('h3', {}, 'Statuses'), none, list, button('Post as a contact…', post));
  const draw = () => {
    setHidden(none, state.statuses.length > 0);
    reconcile(list, state.statuses, { key: (row) => row.idMessage, create, update });
  };
  return { node, update: draw };
};
