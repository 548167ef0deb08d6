// The state of the page. Views subscribe to it and are rendered at most once per frame after a change.

export const ACCOUNT = 'account';
const ROWS = 200;
const CALLS = 200;

// localStorage may be disabled.
const remembered = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

export const remember = (name, value) => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // the value lasts until the page is closed
  }
};

export const state = {
  connection: 'connecting',
  instances: [],
  id: null,
  instance: null,
  choices: { states: [], methods: [], limits: {}, kinds: {}, switches: [], callStatuses: { incoming: [], outgoing: [] } },
  listed: [], // the chats that the server lists
  chats: [], // the listed chats and those with queued messages only
  messages: new Map(), // chatId -> idMessage -> row
  products: [], // the account's catalogue
  outgoing: null, // the send queue, and messages to several chats
  statuses: [], // of the account and its contacts, newest first
  calls: new Map(), // number -> row
  rates: new Map(), // method -> { times, most, refused }
  ringing: new Map(), // chatId -> { idMessage, isVideo }
  chatId: null,
  actors: new Map(), // chatId -> the person who writes
  drafts: new Map(), // chatId -> { text, reply }
  autoRead: remembered('autoRead') !== 'no',
  pane: 'chats',
  entering: false, // whether to focus the chat that is being opened
  offset: 0,
};

const views = [];
let planned = false;

const draw = () => {
  planned = false;
  for (const view of views) {
    try {
      view();
    } catch (error) {
      reportError(error); // the other views are still rendered
    }
  }
};

export const subscribe = (view) => views.push(view);

export const change = (edit) => {
  edit(state);
  if (planned) return;
  planned = true;
  if (document.hidden) setTimeout(draw, 100); // hidden pages get no animation frames
  else requestAnimationFrame(draw);
};

export const now = () => Date.now() / 1000 + state.offset;

export const chat = (chatId = state.chatId) => state.chats.find((one) => one.chatId === chatId) ?? null;

const sorted = new WeakMap();
export const rows = (chatId) => {
  const known = state.messages.get(chatId);
  if (!known) return [];
  if (!sorted.has(known)) sorted.set(known, [...known.values()].sort((a, b) => a.order - b.order).slice(-ROWS));
  return sorted.get(known);
};

// Groups of MAX and Telegram have negative numbers.
export const isGroupId = (chatId) => chatId.endsWith('@g.us') || chatId.startsWith('-');

export const message = (chatId, idMessage) => state.messages.get(chatId)?.get(idMessage) ?? null;

export const isUnread = (row) => row.type === 'outgoing' && row.status === 'delivered';

// The person who acts in a chat: its contact, the chosen member of a group, or the account's owner.
export const actor = (chatId) => {
  if (!isGroupId(chatId)) return state.actors.get(chatId) ?? chatId;
  const members = (chat(chatId)?.members ?? []).filter((one) => !one.isAccount);
  const chosen = state.actors.get(chatId);
  if (chosen === ACCOUNT || members.some((one) => one.chatId === chosen)) return chosen;
  return members[0]?.chatId ?? ACCOUNT;
};

export const draft = (chatId) => {
  if (!state.drafts.has(chatId)) state.drafts.set(chatId, { text: '', reply: null });
  return state.drafts.get(chatId);
};

// The quote of the next message in a chat, while the quoted message still exists.
export const quoting = (chatId) => {
  const { reply } = draft(chatId);
  return message(chatId, reply) ? { quotedMessageId: reply } : {};
};

export const forget = () => {
  Object.assign(state, { instance: null, listed: [], chats: [], products: [], outgoing: null, statuses: [] });
  for (const map of [state.messages, state.calls, state.rates]) map.clear();
};

// Chats that exist only because messages to them are queued or failed.
const impliedChats = () => {
  const known = new Set([...state.listed.map((one) => one.chatId), state.instance?.wid]);
  const others = [...state.messages].filter(([chatId, all]) => all.size && !known.has(chatId));
  return others.map(([chatId]) => ({ chatId, name: chatId.split('@')[0], isGroup: isGroupId(chatId), exists: true, typing: null, members: [] }));
};

const putMessage = (row) => {
  const known = state.messages.get(row.chatId) ?? new Map();
  // queued messages have no time yet
  known.set(row.idMessage, row.timestamp ? row : { ...row, timestamp: now() });
  sorted.delete(known);
  state.messages.set(row.chatId, known);
};

const trim = (chatId) => {
  const known = state.messages.get(chatId);
  if (known.size > 2 * ROWS) state.messages.set(chatId, new Map(rows(chatId).map((row) => [row.idMessage, row])));
};

const remove = (chatId, idMessage) => {
  const known = state.messages.get(chatId);
  if (known?.delete(idMessage)) sorted.delete(known);
};

// The window of a rate limit in seconds: a limit below 1 per second is one call in 1 / limit seconds.
export const span = (limit) => (limit && limit < 1 ? 1 / limit : 1);

const countCall = (call, old) => {
  const rate = state.rates.get(call.method) ?? { times: [], most: 0, refused: 0 };
  state.rates.set(call.method, rate);
  if (call.status === 429 && old?.status !== 429) rate.refused += 1;
  if (old) return;
  const since = call.at - span(state.choices.limits[call.method]);
  rate.times = [...rate.times.filter((at) => at > since), call.at];
  rate.most = Math.max(rate.most, rate.times.length);
};

const putCall = (call) => {
  countCall(call, state.calls.get(call.number));
  state.calls.set(call.number, call);
  if (state.calls.size > CALLS) state.calls.delete(state.calls.keys().next().value);
};

// Apply one event of the stream.
export const apply = (event) =>
  change(() => {
    if (event.first) {
      forget();
      Object.assign(state.choices, event.choices);
    }
    state.connection = 'live';
    if (event.now) state.offset = event.now - Date.now() / 1000;
    if (event.instance) state.instance = event.instance;
    if (event.chats) state.listed = event.chats;
    if (event.products) state.products = event.products;
    if (event.outgoing) state.outgoing = event.outgoing;
    if (event.statuses) state.statuses = event.statuses;
    for (const row of event.messages ?? []) putMessage(row);
    for (const chatId of new Set((event.messages ?? []).map((row) => row.chatId))) trim(chatId);
    (event.gone ?? []).forEach((idMessage, at) => remove(event.goneFrom[at], idMessage));
    if (event.chats || event.messages || event.gone) state.chats = [...state.listed, ...impliedChats()];
    for (const call of event.calls ?? []) putCall(call);
  });
