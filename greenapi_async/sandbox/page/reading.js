// A chat that is open in front of somebody is read.

import { read } from './api.js';
import { isUnread, rows, state, subscribe } from './store.js';
import { telling } from './toast.js';

const asked = new Set();
let view = null;

// Once for each message and connection, so that a refusal does not repeat itself.
const look = () => {
  if (state.connection !== 'live') asked.clear();
  if (!state.autoRead || !state.chatId || document.hidden || state.connection !== 'live' || !view.checkVisibility()) return;
  const unread = rows(state.chatId).filter((row) => isUnread(row) && !asked.has(row.idMessage));
  if (unread.length === 0) return;
  for (const { idMessage } of unread) asked.add(idMessage);
  telling(() => read(state.chatId));
};

export const startReading = (log) => {
  view = log;
  subscribe(look);
  document.addEventListener('visibilitychange', look);
};
