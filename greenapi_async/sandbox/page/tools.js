// The tools next to the chats: instance, API calls, faults.

import { button, h, setHidden, setText } from './dom.js';
import { callsPanel } from './api-calls.js';
import { faultsPanel } from './faults-panel.js';
import { icon } from './icons.js';
import { instancePanel } from './instance-panel.js';
import { change, state, subscribe } from './store.js';

const TABS = [
  ['instance', 'Instance', instancePanel],
  ['calls', 'API calls', callsPanel],
  ['faults', 'Faults', faultsPanel],
];

let tabs = [];

export const openTool = (name, focus = false) => {
  for (const { name: own, tab, panel } of tabs) {
    const on = own === name;
    tab.setAttribute('aria-selected', String(on));
    tab.tabIndex = on ? 0 : -1;
    panel.hidden = !on;
    if (on && focus) tab.focus();
  }
  change((s) => { s.tool = name; });
};

const onKey = (event) => {
  const at = tabs.findIndex(({ tab }) => tab === document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  openTool(tabs[(to + tabs.length) % tabs.length].name, true);
};

export const startTools = () => {
  const back = button(icon('back'), () => change((s) => { s.pane = s.chatId ? 'chat' : 'chats'; }), { class: 'bare back', 'aria-label': 'Back' });
  const list = h('div', { role: 'tablist', class: 'tabs', 'aria-label': 'Tools', on: { keydown: onKey } });
  tabs = TABS.map(([name, label, make]) => {
    const count = h('span', { class: 'count', hidden: true });
    const tab = button([label, ' ', count], () => openTool(name), { role: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}` });
    const panel = h('div', { role: 'tabpanel', id: `panel-${name}`, class: 'panel', tabindex: 0, 'aria-labelledby': `tab-${name}` }, make());
    return { name, tab, panel, count };
  });
  list.append(...tabs.map(({ tab }) => tab));
  document.querySelector('#tools').append(h('h2', { class: 'unseen' }, 'Tools'), h('div', { class: 'pane-head' }, back, list), ...tabs.map(({ panel }) => panel));
  openTool('instance');
  subscribe(() => {
    const planned = state.instance?.faults?.length ?? 0;
    const { count } = tabs.at(-1);
    setHidden(count, planned === 0);
    setText(count, String(planned));
  });
};
