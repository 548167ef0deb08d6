// Keyboard navigation between messages: arrow keys move, Enter opens the menu. Roving tabindex: only one message has a
// tab stop.

import { setAttribute } from './dom.js';

let current = null;

const take = (node) => {
  if (!node || node === current) return;
  if (current) current.actions.tabIndex = -1;
  node.actions.tabIndex = 0;
  current = node;
};

const onKey = (log, event) => {
  const node = event.target.closest('.message');
  if (event.target !== log && event.target !== node && event.target !== node?.actions) return;
  if (event.key === 'Enter' && event.target === node) {
    event.preventDefault();
    node.actions.click();
    return;
  }
  const all = [...log.querySelectorAll('.message')];
  const at = node ? all.indexOf(node) : all.length;
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || event.target.ariaExpanded === 'true') return;
  event.preventDefault();
  all[Math.min(Math.max(to, 0), all.length - 1)]?.focus();
};

// The newest message has the tab stop until another one is focused.
export const keepTabStop = (log) => {
  if (!current?.isConnected) take([...log.querySelectorAll('.message')].at(-1));
};

export const startMessageNavigation = (log, hint) => {
  setAttribute(log, 'aria-describedby', hint.id);
  log.addEventListener('focusin', (event) => take(event.target.closest('.message')));
  log.addEventListener('keydown', (event) => onKey(log, event));
};
