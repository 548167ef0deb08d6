// The top bar: the selected instance, its state, and the connection to the sandbox.

import { h, renderIfChanged, setHidden, setText } from './dom.js';
import { stateWords } from './instance-panel.js';
import { openTool } from './tools.js';
import { choose, refresh } from './event-stream.js';
import { change, chat, state, subscribe } from './store.js';

const pick = document.querySelector('#instance-pick');
const badge = document.querySelector('#state-badge');
const banner = document.querySelector('#banner');
const tools = document.querySelector('#show-tools');

const WORDS = {
  lost: 'Lost the connection to the sandbox. Reconnecting…',
};

const draw = () => {
  renderIfChanged(pick, JSON.stringify(state.instances.map((one) => [one.idInstance, one.phone])), () => state.instances.map((one) => h('option', { value: one.idInstance }, `${one.idInstance} · +${one.phone}`)));
  if (state.id !== null && pick.value !== String(state.id)) pick.value = state.id;
  setHidden(pick.parentElement, state.instances.length === 0);
  const [words, kind] = state.instance ? stateWords(state.instance) : ['', ''];
  setHidden(badge, !words);
  setText(badge, words);
  badge.className = `badge ${kind}`;
  setHidden(banner, state.connection !== 'lost');
  setText(banner, WORDS[state.connection] ?? '');
  // show the list if the selected chat does not exist (yet)
  document.body.dataset.pane = state.pane === 'chat' && !chat() ? 'chats' : state.pane;
};

const showTools = () => change((s) => { s.pane = s.pane === 'tools' ? (s.chatId ? 'chat' : 'chats') : 'tools'; });

export const startTopBar = () => {
  pick.addEventListener('focus', refresh);
  pick.addEventListener('change', () => choose(Number(pick.value)));
  tools.addEventListener('click', showTools);
  badge.addEventListener('click', () => {
    openTool('instance', true);
    change((s) => { s.pane = 'tools'; });
  });
  subscribe(draw);
};
