// The open chat with its latest messages.

import { createBubble, updateBubble } from './message.js';
import { startPhoneCalls } from './phone-calls.js';
import { startComposer } from './composer.js';
import { chatMenu } from './chat-menu.js';
import { button, prefersReducedMotion, h, renderIfChanged, reconcile, setAttribute, setHidden, setText } from './dom.js';
import { icon } from './icons.js';
import { keepTabStop, startMessageNavigation } from './message-navigation.js';
import { avatar, day, nameOf, phoneOf } from './names-and-times.js';
import { startReadReceipts } from './read-receipts.js';
import { change, chat, rows, state, subscribe } from './store.js';
import { toast } from './toast.js';
import { welcome } from './welcome.js';

const NEAR = 60;
const TOGETHER = 300;

const pane = document.querySelector('#conversation');
const face = h('span', { class: 'face' });
const title = h('h2');
const under = h('p', { class: 'under' });
const back = button(icon('back'), () => change((s) => { s.pane = 'chats'; }), { id: 'to-chats', class: 'bare back', 'aria-label': 'Back to the chats' });
const menu = h('button', { type: 'button', class: 'bare', 'aria-label': 'Chat actions', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, icon('more'));
const list = h('div', { class: 'messages' });
const log = h('div', { class: 'log', role: 'log', tabindex: 0, 'aria-relevant': 'additions' }, list);
const down = button([icon('down'), h('span', { class: 'unseen' }, 'Go to the newest message')], () => toEnd(!prefersReducedMotion()), { class: 'to-end', hidden: true });
const typing = h('p', { class: 'typing-line', role: 'status' });
const open = h('div', { class: 'open-chat', hidden: true });

let shown = null;
let atEnd = true;
let scrolled = 0;
let bubbles = new Map();

const toEnd = (smoothly = false) => {
  atEnd = true;
  log.scrollTo({ top: log.scrollHeight, behavior: smoothly ? 'smooth' : 'instant' });
};

const jump = (idMessage) => {
  const node = bubbles.get(idMessage);
  if (!node) {
    toast('That message is no longer displayed.');
    return;
  }
  const top = node.offsetTop - (log.clientHeight - node.offsetHeight) / 2;
  log.scrollTo({ top, behavior: prefersReducedMotion() ? 'instant' : 'smooth' });
  node.focus({ preventScroll: true });
  node.classList.remove('flash');
  requestAnimationFrame(() => node.classList.add('flash'));
};

// The messages with date separators.
const items = (all) => {
  const made = [];
  let before = null;
  for (const row of all) {
    const today = day(row.timestamp);
    const sameDay = before && day(before.timestamp) === today;
    if (!sameDay) made.push({ key: `day ${today}`, day: today });
    const follows = Boolean(sameDay && before.sender === row.sender && before.type === row.type && row.timestamp - before.timestamp < TOGETHER);
    made.push({ key: row.idMessage, row, follows });
    before = row;
  }
  return made;
};

const VIEW = {
  key: (item) => item.key,
  create: (item) => (item.day ? h('p', { class: 'day' }, h('span', {}, item.day)) : createBubble(item.row, jump)),
  update: (node, item) => item.row && updateBubble(node, item),
};

const subtitle = (room) => {
  if (!room.isGroup) return `+${room.phone ?? phoneOf(room.chatId)}${room.exists === false ? ' · no account' : ''}`;
  return (room.members ?? []).map((one) => (one.isAccount ? 'the account' : one.name || phoneOf(one.chatId)) + (one.isAdmin ? ' (admin)' : '')).join(', ');
};

const TYPING = { typing: 'The account is typing…', recording: 'The account is recording…' };

const draw = () => {
  const room = chat();
  setHidden(open, !room);
  setHidden(welcome, Boolean(room));
  if (!room) {
    shown = null;
    return;
  }
  const name = room.name || nameOf(room.chatId);
  const other = shown !== room.chatId;
  shown = room.chatId;
  renderIfChanged(face, `${room.chatId} ${name}`, () => avatar(room.chatId, name));
  setText(title, name);
  setText(under, subtitle(room));
  setAttribute(log, 'aria-label', `Messages with ${name}`);
  bubbles = reconcile(list, items(rows(room.chatId)), VIEW);
  keepTabStop(log);
  setText(typing, TYPING[room.typing] ?? '');
  typing.classList.toggle('on', Boolean(room.typing));
  if (other || atEnd) toEnd();
  if (!state.entering) return;
  state.entering = false;
  (innerWidth > 600 ? pane.querySelector('#message-text') : back).focus();
};

const onScroll = () => {
  const near = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  // stay at the end when content grows; leave it only when the user scrolls up
  if (near || log.scrollTop < scrolled) atEnd = near;
  scrolled = log.scrollTop;
  setHidden(down, atEnd);
};

export const startConversation = () => {
  const hint = h('p', { id: 'log-hint', class: 'unseen' }, 'Use the arrow keys to move between messages and Enter to open the message menu.');
  startMessageNavigation(log, hint);
  menu.addEventListener('click', () => chatMenu(menu));
  log.addEventListener('scroll', onScroll, { passive: true });
  const head = h('div', { class: 'chat-head' }, back, face, h('div', { class: 'who' }, title, under), menu);
  const ringing = h('div', { class: 'ringing-place' });
  const composer = h('div', { class: 'composer-place' });
  open.append(head, h('div', { class: 'log-place' }, log, down, hint), typing, ringing, composer);
  pane.append(welcome, open);
  startPhoneCalls(ringing);
  startComposer(composer, open);
  subscribe(draw);
  startReadReceipts(log);
  // images load after their messages are rendered, and the input grows
  const follow = new ResizeObserver(() => atEnd && state.chatId && toEnd());
  follow.observe(list);
  follow.observe(log);
};
