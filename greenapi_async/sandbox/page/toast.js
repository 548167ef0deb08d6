// Toasts: short status messages, announced by screen readers.

import { button, h } from './dom.js';
import { icon } from './icons.js';

const STAYS = 4000;

export const toast = (text, kind = 'info') => {
  const close = () => node.remove();
  const node = h(
    'div',
    { class: `toast ${kind}` },
    h('span', {}, text),
    button(icon('close'), close, { class: 'bare', 'aria-label': 'Dismiss' }),
  );
  const all = document.querySelector('#toasts');
  if (kind === 'info') all.querySelector('.info')?.remove();
  all.append(node);
  while (all.children.length > 3) all.firstChild.remove();
  // a toast that is hovered or focused stays
  const end = () => (node.matches(':hover, :focus-within') ? setTimeout(end, 1000) : close());
  setTimeout(end, kind === 'wrong' ? 3 * STAYS : STAYS);
};

// Run an action and show its error as a toast; return undefined if it failed.
export const withErrorToast = async (run, undo = null) => {
  try {
    return (await run()) ?? null;
  } catch (error) {
    undo?.();
    toast(error.message, 'wrong');
    return undefined;
  }
};
