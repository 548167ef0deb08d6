// The variables that a bot needs to find this sandbox.

import { button, copy, h, setText } from './dom.js';
import { state, subscribe } from './store.js';
import { telling, toast } from './toast.js';

const lines = () => {
  const { idInstance = '', apiTokenInstance = '' } = state.instance ?? {};
  return [
    `export GREENAPI_API_URL=${location.origin}`,
    `export GREENAPI_MEDIA_URL=${location.origin}`,
    `export GREENAPI_ID_INSTANCE=${idInstance}`,
    `export GREENAPI_API_TOKEN_INSTANCE=${apiTokenInstance}`,
  ].join('\n');
};

export const connectCard = (title) => {
  const code = h('pre', { tabindex: 0, 'aria-label': 'Variables' });
  const take = () => telling(async () => {
    await copy(lines());
    toast('Copied the variables.');
  });
  subscribe(() => setText(code, lines()));
  return h('section', { class: 'section' }, h('h3', {}, title), code, button('Copy the variables', take));
};
