// Which instance and chat are open, in the address, so that a reload comes back to them.

import { state, subscribe } from './store.js';

export const startPlace = () => {
  const [, id, chatId = null] = location.hash.match(/^#\/(\d+)(?:\/([\w@.-]+))?$/) ?? [];
  if (id) Object.assign(state, { id: Number(id), chatId, pane: chatId ? 'chat' : 'chats' });
  subscribe(() => {
    const place = state.id === null ? '#/' : `#/${[state.id, state.chatId].filter(Boolean).join('/')}`;
    if (location.hash !== place) history.replaceState(null, '', place);
  });
};
