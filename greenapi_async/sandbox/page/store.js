// The one place that holds what the page knows. Views read it, and are drawn again once a frame after a change.

export const ACCOUNT = 'account';
const ROWS = 200;
const CALLS = 200;

// A browser may forbid a page to keep anything.
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
    // then it holds until the page is closed
  }
};

export const state = {
  connection: 'connecting',
  instances: [],
  id: null,
  instance: null,
  choices: { states: [], methods: [], limits: {}, kinds: {}, switches: [], callStatuses: { incoming: [], outgoing: [] } },
  told: [], // the chats as the server has them
  chats: [], // these, and those that messages are on their way to
  messages: new Map(), // chatId -> idMessage -> row
  calls: new Map(), // number -> row
  rates: new Map(), // method -> { times, most, refused }
  ringing: new Map(), // chatId -> { idMessage, isVideo }
  chatId: null,
  actors: new Map(), // chatId -> who writes
  drafts: new Map(), // chatId -> { text, reply }
  autoRead: remembered('autoRead') !== 'no',
  pane: 'chats',
  entering: false, // whether the chat that opens takes the keyboard
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
      reportError(error); // one view that fails does not take the others along
    }
  }
};

export const subscribe = (view) => views.push(view);

export const change = (edit) => {
  edit(state);
  if (planned) return;
  planned = true;
  if (document.hidden) setTimeout(draw, 100); // frames do not come to a page that nobody sees
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

export const message = (chatId, idMessage) => state.messages.get(chatId)?.get(idMessage) ?? null;

export const isUnread = (row) => row.type === 'outgoing' && row.status === 'delivered';

// Who acts in a chat: its contact, the chosen member of a group, or the account's owner.
export const actor = (chatId) => {
  if (!chatId.endsWith('@g.us')) return state.actors.get(chatId) ?? chatId;
  const members = (chat(chatId)?.members ?? []).filter((one) => !one.isAccount);
  const chosen = state.actors.get(chatId);
  if (chosen === ACCOUNT || members.some((one) => one.chatId === chosen)) return chosen;
  return members[0]?.chatId ?? ACCOUNT;
};

export const draft = (chatId) => {
  if (!state.drafts.has(chatId)) state.drafts.set(chatId, { text: '', reply: null });
  return state.drafts.get(chatId);
};

// What goes along with the next message of a chat: the id of the one it replies to, while that is still there.
export const quoting = (chatId) => {
  const { reply } = draft(chatId);
  return message(chatId, reply) ? { quotedMessageId: reply } : {};
};

export const forget = () => {
  Object.assign(state, { instance: null, told: [], chats: [] });
  for (const map of [state.messages, state.calls, state.rates]) map.clear();
};

// Messages can be on their way to somebody whose chat is not there yet, or never will be.
const implied = () => {
  const known = new Set([...state.told.map((one) => one.chatId), state.instance?.wid]);
  const others = [...state.messages].filter(([chatId, all]) => all.size && !known.has(chatId));
  return others.map(([chatId]) => ({ chatId, name: chatId.split('@')[0], isGroup: chatId.endsWith('@g.us'), exists: true, typing: null, members: [] }));
};

const putMessage = (row) => {
  const known = state.messages.get(row.chatId) ?? new Map();
  // what waits in the queue has no time yet
  known.set(row.idMessage, row.timestamp ? row : { ...row, timestamp: now() });
  sorted.delete(known);
  state.messages.set(row.chatId, known);
};

const trim = (chatId) => {
  const known = state.messages.get(chatId);
  if (known.size > 2 * ROWS) state.messages.set(chatId, new Map(rows(chatId).map((row) => [row.idMessage, row])));
};

const remove = (idMessage) => {
  for (const known of state.messages.values()) if (known.delete(idMessage)) sorted.delete(known);
};

// A limit below one a second is one call in so many seconds.
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

// Take in one event of the stream.
export const apply = (event) =>
  change(() => {
    if (event.first) {
      forget();
      Object.assign(state.choices, event.choices);
    }
    state.connection = 'live';
    if (event.now) state.offset = event.now - Date.now() / 1000;
    if (event.instance) state.instance = event.instance;
    if (event.chats) state.told = event.chats;
    for (const row of event.messages ?? []) putMessage(row);
    for (const chatId of new Set((event.messages ?? []).map((row) => row.chatId))) trim(chatId);
    for (const idMessage of event.gone ?? []) remove(idMessage);
    if (event.chats || event.messages || event.gone) state.chats = [...state.told, ...implied()];
    for (const call of event.calls ?? []) putCall(call);
  });
