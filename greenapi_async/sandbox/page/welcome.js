// The placeholder when no chat is open.

import { firstSteps } from './chat-list.js';
import { h, setHidden, setText } from './dom.js';
import { connectCard } from './connect-card.js';
import { state, subscribe } from './store.js';

const lead = h('p');
const start = h('p', {}, firstSteps());

export const welcome = h(
  'div',
  { class: 'welcome' },
  h('img', { src: '/page/icon.svg', alt: '', width: 56, height: 56 }),
  h('h2', {}, 'You are the people who write to the bot'),
  lead,
  start,
  connectCard('Start the bot with these variables'),
);

const EMPTY = 'Add a contact, write as them, and see how the bot answers. Nothing leaves this machine.';
const SOME = 'Select a chat on the left or start a new one.';

export const startWelcome = () =>
  subscribe(() => {
    const none = state.chats.length === 0;
    setText(lead, none ? EMPTY : SOME);
    setHidden(start, !none || !state.instance);
  });
