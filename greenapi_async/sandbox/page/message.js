// One message. Only changed parts are rendered again, so that videos keep playing and the focus stays.

import { act } from './api.js';
import { body } from './message-body.js';
import { interactiveButtons, poll } from './polls-and-buttons.js';
import { button, h, hidden, renderIfChanged, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { messageMenu } from './message-menu.js';
import { clock, colourOf, isAccount, nameOf, summary } from './names-and-times.js';
import { actor, chat, message, state } from './store.js';
import { withErrorToast } from './toast.js';

const TICKS = {
  queued: ['clock', 'Queued'],
  sent: ['check', 'Sent'],
  delivered: ['double', 'Delivered'],
  read: ['double', 'Read'],
  failed: ['warn', 'Failed'],
  noAccount: ['warn', 'No account'],
};

const status = ({ status: value, type }) => {
  if (type === 'incoming') return value === 'read' ? [icon('double'), hidden('Read by the account')] : [];
  const [shape, words] = TICKS[value] ?? [null, value ?? ''];
  return [shape && icon(shape), shape === 'warn' ? words : hidden(words)];
};

const ANSWERS = ['buttonsResponseMessage', 'templateButtonReplyMessage', 'listResponseMessage', 'interactiveButtonsResponse'];

// The quoted message; for an answer to a button, the message with the button.
const quoted = (row) => {
  if (row.quoted) return message(row.chatId, row.quoted.idMessage) ?? row.quoted;
  const key = ANSWERS.find((name) => row.content?.[name]?.stanzaId);
  return key ? message(row.chatId, row.content[key].stanzaId) : null;
};

const quotedName = (row, { sender, senderName }) => {
  if (sender) return nameOf(sender, chat(row.chatId));
  return senderName === state.instance.phone ? 'The account' : senderName;
};

const drawQuote = (row, quote, jump) =>
  button(
    [h('strong', {}, quotedName(row, quote)), h('span', {}, summary(quote))],
    () => jump(quote.idMessage),
    { class: 'quote' },
  );

const chips = (row) => {
  const by = Map.groupBy(Object.entries(row.reactions).filter(([, emoji]) => emoji), ([, emoji]) => emoji);
  const me = actor(row.chatId);
  const mine = row.reactions[isAccount(me) ? state.instance.wid : me];
  return [...by].map(([emoji, all]) => {
    const names = all.map(([who]) => nameOf(who, chat(row.chatId))).join(', ');
    const react = () => withErrorToast(() => act(row.chatId, { react: { idMessage: row.idMessage, emoji: mine === emoji ? '' : emoji } }));
    return button(all.length > 1 ? `${emoji} ${all.length}` : emoji, react, { class: 'chip', 'aria-pressed': String(mine === emoji), 'aria-label': `${emoji} from ${names}`, title: names });
  });
};

const forwarded = ({ content }) => {
  const inside = [content, ...Object.values(content ?? {})].find((one) => one?.isForwarded);
  return inside ? (inside.forwardingScore >= 4 ? 'Forwarded many times' : 'Forwarded') : '';
};

export const createBubble = (row, jump) => {
  const parts = {
    name: h('p', { class: 'sender' }),
    mark: h('p', { class: 'forwarded' }),
    quote: h('div'),
    body: h('div', { class: 'body' }),
    meta: h('p', { class: 'meta' }),
    chips: h('div', { class: 'chips' }),
  };
  const own = row.type === 'incoming';
  const actions = h('button', { type: 'button', class: 'bare actions', tabindex: -1, 'aria-label': 'Message actions', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, icon('more'));
  actions.addEventListener('click', () => messageMenu(actions, message(row.chatId, row.idMessage) ?? row));
  const bubble = h('div', { class: 'bubble' }, parts.name, parts.mark, parts.quote, parts.body, parts.meta);
  const node = h('article', { class: `message ${own ? 'mine' : 'theirs'}`, tabindex: -1, data: { id: row.idMessage } }, h('div', { class: 'line' }, bubble, actions), parts.chips);
  node.parts = parts;
  node.jump = jump;
  node.actions = actions;
  node.addEventListener('contextmenu', (event) => {
    if (event.target.closest('a, img, video, audio') || !getSelection().isCollapsed) return;
    event.preventDefault();
    actions.click();
  });
  return node;
};

const isText = ({ typeMessage, text, content }) => Boolean(text) && /^(text|extendedText|quoted|buttonsResponse|templateButtonsReply|listResponse|interactiveButtonsResponse)(Message)?$/.test(typeMessage) && !content?.extendedTextMessage?.title;

const drawBody = (node, row) => {
  if (row.typeMessage !== 'pollMessage') return renderIfChanged(node.parts.body, JSON.stringify([row.typeMessage, row.text, row.content]), () => interactiveButtons(row) ?? body(row));
  renderIfChanged(node.parts.body, 'poll', () => {
    node.poll = poll(row);
    return node.poll.node;
  });
  return node.poll.update(row);
};

export const updateBubble = (node, { row, follows }) => {
  const room = chat(row.chatId);
  const signature = `${actor(row.chatId)} ${follows} ${room?.name} ${room?.members?.length}`;
  if (node.row === row && node.signature === signature) return;
  Object.assign(node, { row, signature });
  const { parts } = node;
  const name = nameOf(row.sender, room);
  const how = row.type === 'incoming' ? '' : row.byApi ? '' : ' · from the phone';
  const named = (room?.isGroup || how) && !follows;
  setText(parts.name, named ? (row.senderName && !isAccount(row.sender) ? row.senderName : name) + how : '');
  parts.name.className = `sender ${isAccount(row.sender) ? 'ink-account' : `ink-${colourOf(row.sender)}`}`;
  node.classList.toggle('follows', follows);
  node.classList.toggle('bad', ['failed', 'noAccount'].includes(row.status));
  node.classList.toggle('plain', isText(row));
  node.classList.toggle('sticker-only', row.typeMessage === 'stickerMessage');
  setAttribute(node, 'aria-label', `${name}, ${clock(row.timestamp)}`);
  renderIfChanged(parts.mark, forwarded(row), () => (forwarded(row) ? [icon('forward'), forwarded(row)] : []));
  const quote = quoted(row);
  renderIfChanged(parts.quote, JSON.stringify(quote && [quote.idMessage, quote.text, quote.typeMessage]), () => (quote ? drawQuote(row, quote, node.jump) : []));
  drawBody(node, row);
  // a queued message has not reached the contact's phone yet
  const queued = row.status === 'queued';
  node.classList.toggle('queued', queued);
  for (const each of [node.actions, ...parts.body.querySelectorAll('fieldset')]) each.disabled = queued;
  renderIfChanged(parts.meta, `${row.timestamp} ${row.isEdited} ${row.status}`, () => [row.isEdited && h('span', {}, 'edited'), h('time', {}, clock(row.timestamp)), h('span', { class: `status ${row.status}` }, status(row))]);
  renderIfChanged(parts.chips, JSON.stringify([row.reactions, signature]), () => chips(row));
};
