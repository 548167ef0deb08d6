// The list of chats, newest first, and the dialogs that create one.

import { addContact, addGroup } from './api.js';
import { ask } from './dialogs.js';
import { button, h, renderIfChanged, reconcile, setAttribute, setHidden, setText } from './dom.js';
import { icon } from './icons.js';
import { avatar, nameOf, phoneOf, shortTime, summary } from './names-and-times.js';
import { change, isUnread, rows, state, subscribe } from './store.js';
import { withErrorToast } from './toast.js';

const MOST = 300;

const list = document.querySelector('#chat-list');
const more = h('p', { class: 'hint more', hidden: true });
const none = document.querySelector('#no-chats');

export const openChat = (chatId) => {
  change((s) => Object.assign(s, { chatId, pane: 'chat', entering: true }));
};

export const newContact = () =>
  ask({
    title: 'New contact',
    action: 'Add',
    specs: [
      { name: 'phone', label: 'Phone', type: 'tel', required: true, hint: 'International format, for example 79001234567' },
      { name: 'name', label: 'Name' },
    ],
    submit: async ({ phone, name }) => openChat((await addContact(phone.replace(/[\s()+-]/g, ''), name)).chatId),
  });

export const firstContact = () =>
  withErrorToast(async () => openChat((await addContact('79001234567', 'Anna')).chatId));

const newGroup = () => {
  const contacts = state.chats.filter((one) => !one.isGroup).map((one) => [one.chatId, one.name || one.chatId]);
  ask({
    title: 'New group',
    action: 'Create group',
    specs: [
      { name: 'groupName', label: 'Group name', required: true },
      ...(contacts.length ? [{ name: 'known', label: 'Members', type: 'checks', options: contacts }] : []),
      { name: 'more', label: contacts.length ? 'Other phone numbers' : 'Phone numbers of the members', hint: 'Separated by spaces or commas' },
      { name: 'admin', label: 'The account is an admin', type: 'checkbox' },
    ],
    submit: async ({ groupName, known = [], more = '', admin }) => {
      const others = more.split(/[\s,;]+/).map((phone) => phone.replace(/\D/g, '')).filter(Boolean);
      const chatIds = [...new Set([...known, ...others.map((phone) => `${phone}@c.us`)])];
      openChat((await addGroup({ groupName, chatIds, admin })).groupId);
    },
  });
};

export const firstSteps = () => button('Start with Anna', firstContact, { class: 'main' });

const lastWords = (chat, row) => {
  if (chat.typing) return chat.typing === 'recording' ? 'recording…' : 'typing…';
  if (!row) return 'No messages yet';
  const who = row.type === 'outgoing' ? (chat.isGroup ? 'Account: ' : '') : chat.isGroup ? `${nameOf(row.sender, chat)}: ` : 'You: ';
  return who + summary(row);
};

const create = ({ chatId }) => {
  const parts = {
    face: h('span', { class: 'face' }),
    name: h('span', { class: 'name' }),
    number: h('span', { class: 'number' }),
    time: h('span', { class: 'time' }),
    last: h('span', { class: 'last' }),
    unread: h('span', { class: 'count' }),
  };
  const lines = h('span', { class: 'lines' }, h('span', {}, parts.name, ' ', parts.number, ' ', parts.time), h('span', {}, parts.last, ' ', parts.unread));
  const open = button([parts.face, lines], () => openChat(chatId), { class: 'chat-row' });
  const node = h('li', {}, open);
  node.parts = { open, ...parts };
  return node;
};

// The names that more than one chat has; these chats show their numbers, too.
let shared = new Set();

const sharedNames = () => {
  const seen = new Set();
  const again = new Set();
  for (const { chatId, name } of state.chats) {
    const shown = name || nameOf(chatId);
    if (seen.has(shown)) again.add(shown);
    seen.add(shown);
  }
  return again;
};

const update = ({ parts }, chat) => {
  const all = rows(chat.chatId);
  const row = all.at(-1);
  const unread = all.filter(isUnread).length;
  const name = chat.name || nameOf(chat.chatId);
  renderIfChanged(parts.face, name, () => avatar(chat.chatId, name));
  setText(parts.name, name);
  setText(parts.number, shared.has(name) ? phoneOf(chat.phone ?? chat.chatId) : '');
  setText(parts.time, row ? shortTime(row.timestamp) : '');
  setText(parts.last, lastWords(chat, row));
  parts.last.classList.toggle('typing', Boolean(chat.typing));
  setHidden(parts.unread, unread === 0);
  renderIfChanged(parts.unread, String(unread), () => [String(unread), h('span', { class: 'unseen' }, ' unread')]);
  setAttribute(parts.open, 'aria-current', chat.chatId === state.chatId ? 'true' : null);
};

const newestFirst = () => {
  const at = (chat) => rows(chat.chatId).at(-1)?.timestamp ?? Infinity;
  const order = new Map(state.chats.map((chat) => [chat.chatId, at(chat)]));
  return state.chats.toSorted((a, b) => (order.get(b.chatId) > order.get(a.chatId)) - (order.get(b.chatId) < order.get(a.chatId)));
};

const draw = () => {
  setHidden(none, state.chats.length > 0 || !state.instance);
  setHidden(more, state.chats.length <= MOST);
  setText(more, `Showing the newest ${MOST} of ${state.chats.length} chats.`);
  shared = sharedNames();
  reconcile(list, newestFirst().slice(0, MOST), { key: (chat) => chat.chatId, create, update });
  const unread = state.chats.reduce((sum, chat) => sum + rows(chat.chatId).filter(isUnread).length, 0);
  document.title = unread ? `(${unread}) Sandbox phone` : 'Sandbox phone';
};

const walk = (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = [...list.querySelectorAll('.chat-row')];
  const at = all.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  all[Math.min(Math.max(at + step, 0), all.length - 1)].focus();
};

export const startChats = () => {
  const starts = { '#new-contact': [newContact, 'person', 'Contact'], '#new-group': [newGroup, 'group', 'Group'] };
  for (const [id, [begin, shape, label]] of Object.entries(starts)) {
    const node = document.querySelector(id);
    node.append(icon(shape), label);
    node.addEventListener('click', begin);
  }
  list.addEventListener('keydown', walk);
  none.append(h('p', {}, 'No one has written to your bot yet.'), firstSteps());
  list.after(more);
  subscribe(draw);
};
