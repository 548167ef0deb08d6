// Which instance and chat are open, in the address, so that a reload comes back to them.

import { state, subscribe } from './store.js';

export const startPlace = () => {
  const [id, chatId] = location.hash.slice(2).split('/').map(decodeURIComponent);
  if (/^\d+$/.test(id)) Object.assign(state, { id: Number(id), chatId: chatId || null, pane: chatId ? 'chat' : 'chats' });
  subscribe(() => {
    const place = state.id === null ? '#/' : `#/${[state.id, state.chatId].filter(Boolean).join('/')}`;
    if (location.hash !== place) history.replaceState(null, '', place);
  });
};
