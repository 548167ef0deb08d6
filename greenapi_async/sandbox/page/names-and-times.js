// Display names of people, summaries of messages, formatted times.

import { h } from './dom.js';
import { ACCOUNT, chat, now, state } from './store.js';

const COLOURS = 8;

export const phoneOf = (chatId) => chatId.split('@')[0];

export const isAccount = (chatId) => chatId === ACCOUNT || chatId === state.instance?.wid;

// The name of a person, from a group's members or from the chat list.
export const nameOf = (chatId, group = null) => {
  if (isAccount(chatId)) return 'The account';
  const member = group?.members?.find((one) => one.chatId === chatId);
  return member?.name || chat(chatId)?.name || phoneOf(chatId);
};

export const colourOf = (chatId) => {
  let sum = 0;
  for (const letter of chatId) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return sum % COLOURS;
};

const initials = (name) => {
  const words = name.match(/\p{L}[\p{L}\p{M}]*/gu) ?? [];
  if (words.length === 0) return name.slice(-2);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join('');
};

export const avatar = (chatId, name) =>
  h('span', { class: `avatar hue-${isAccount(chatId) ? 'account' : colourOf(chatId)}`, 'aria-hidden': 'true' }, initials(name));

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const SHORT_DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const date = (seconds) => new Date(seconds * 1000);

export const clock = (seconds) => TIME.format(date(seconds));
export const clockSeconds = (seconds) => SECONDS.format(date(seconds));

export const day = (seconds) => {
  const name = DAY.format(date(seconds));
  if (name === DAY.format(date(now()))) return 'Today';
  return name === DAY.format(date(now() - 86_400)) ? 'Yesterday' : name;
};

export const shortTime = (seconds) => {
  const name = day(seconds);
  if (name === 'Today') return clock(seconds);
  return name === 'Yesterday' ? name : SHORT_DAY.format(date(seconds));
};

const KINDS = {
  imageMessage: 'Photo',
  videoMessage: 'Video',
  audioMessage: 'Audio',
  documentMessage: 'Document',
  stickerMessage: 'Sticker',
  locationMessage: 'Location',
  contactMessage: 'Contact',
  contactsArrayMessage: 'Contacts',
  pollMessage: 'Poll',
  productMessage: 'Product',
  orderMessage: 'Order',
  groupInviteMessage: 'Group invitation',
};

// A one-line summary of a message, for the chat list and for quotes.
export const summary = ({ typeMessage, text, content }) => {
  const kind = KINDS[typeMessage];
  const more = text || content?.fileName || '';
  if (kind) return more ? `${kind}: ${more}` : kind;
  return text || typeMessage || 'Message';
};
