// Short words about what went wrong or was done, read out too.

import { button, h } from './dom.js';
import { icon } from './icons.js';

const STAYS = 4000;

export const toast = (text, kind = 'said') => {
  const close = () => node.remove();
  const node = h(
    'div',
    { class: `toast ${kind}` },
    h('span', {}, text),
    button(icon('close'), close, { class: 'bare', 'aria-label': 'Dismiss' }),
  );
  const all = document.querySelector('#toasts');
  if (kind === 'said') all.querySelector('.said')?.remove();
  all.append(node);
  while (all.children.length > 3) all.firstChild.remove();
  // one that is being pointed at, or has the keyboard, waits
  const end = () => (node.matches(':hover, :focus-within') ? setTimeout(end, 1000) : close());
  setTimeout(end, kind === 'wrong' ? 3 * STAYS : STAYS);
};

// Run what may fail, and say the server's words if it does; undefined is a failure.
export const telling = async (run, undo = null) => {
  try {
    return (await run()) ?? null;
  } catch (error) {
    undo?.();
    toast(error.message, 'wrong');
    return undefined;
  }
};
