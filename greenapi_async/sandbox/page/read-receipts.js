// Mark the messages of the visible chat as read.

import { read } from './api.js';
import { isUnread, rows, state, subscribe } from './store.js';
import { withErrorToast } from './toast.js';

const asked = new Set();
let view = null;

// Request it once per message and connection, so that an error is not repeated.
const look = () => {
  if (state.connection !== 'live') asked.clear();
  if (!state.autoRead || !state.chatId || document.hidden || state.connection !== 'live' || !view.checkVisibility()) return;
  const unread = rows(state.chatId).filter((row) => isUnread(row) && !asked.has(row.idMessage));
  if (unread.length === 0) return;
  for (const { idMessage } of unread) asked.add(idMessage);
  withErrorToast(() => read(state.chatId));
};

export const startReadReceipts = (log) => {
  view = log;
  subscribe(look);
  document.addEventListener('visibilitychange', look);
};
