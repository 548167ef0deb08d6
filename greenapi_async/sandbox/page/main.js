// Entry point: views over one store, which one event stream fills.

import { startChats } from './chat-list.js';
import { startConversation } from './conversation.js';
import { startTopBar } from './top-bar.js';
import { connect } from './event-stream.js';
import { state, subscribe } from './store.js';
import { startTools } from './tools.js';
import { startWelcome } from './welcome.js';

// Keep the open instance and chat in the URL fragment, so that they survive a reload.
const startAddress = () => {
  const [, id, chatId = null] = location.hash.match(/^#\/(\d+)(?:\/([\w@.-]+))?$/) ?? [];
  if (id) Object.assign(state, { id: Number(id), chatId, pane: chatId ? 'chat' : 'chats' });
  subscribe(() => {
    const fragment = state.id === null ? '#/' : `#/${[state.id, state.chatId].filter(Boolean).join('/')}`;
    if (location.hash !== fragment) history.replaceState(null, '', fragment);
  });
};

startAddress();
startTopBar();
startChats();
startWelcome();
startConversation();
startTools();
connect();
