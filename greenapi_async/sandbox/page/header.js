// The line above all: which instance, its state, and whether the sandbox is there.

import { h, part, setHidden, setText } from './dom.js';
import { stateWords } from './instance.js';
import { openTool } from './tools.js';
import { choose, refresh } from './stream.js';
import { change, chat, state, subscribe } from './store.js';

const pick = document.querySelector('#instance-pick');
const badge = document.querySelector('#state-badge');
const banner = document.querySelector('#banner');
const tools = document.querySelector('#show-tools');

const WORDS = {
  lost: 'The connection to the sandbox is lost. Trying again…',
};

const draw = () => {
  part(pick, JSON.stringify(state.instances.map((one) => [one.idInstance, one.phone])), () => state.instances.map((one) => h('option', { value: one.idInstance }, `${one.idInstance} · +${one.phone}`)));
  if (state.id !== null && pick.value !== String(state.id)) pick.value = state.id;
  setHidden(pick.parentElement, state.instances.length === 0);
  const [words, kind] = state.instance ? stateWords(state.instance) : ['', ''];
  setHidden(badge, !words);
  setText(badge, words);
  badge.className = `badge ${kind}`;
  setHidden(banner, state.connection !== 'lost');
  setText(banner, WORDS[state.connection] ?? '');
  // a chat that is not there yet, or no more, must not hide the list
  document.body.dataset.pane = state.pane === 'chat' && !chat() ? 'chats' : state.pane;
};

const showTools = () => change((s) => { s.pane = s.pane === 'tools' ? (s.chatId ? 'chat' : 'chats') : 'tools'; });

export const startHeader = () => {
  pick.addEventListener('focus', refresh);
  pick.addEventListener('change', () => choose(Number(pick.value)));
  tools.addEventListener('click', showTools);
  badge.addEventListener('click', () => {
    openTool('instance', true);
    change((s) => { s.pane = 'tools'; });
  });
  subscribe(draw);
};
