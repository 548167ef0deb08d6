// The environment variables with which a bot connects to this sandbox.

import { button, copy, h, setText } from './dom.js';
import { state, subscribe } from './store.js';
import { withErrorToast, toast } from './toast.js';

const lines = () => {
  const { idInstance = '', apiTokenInstance = '', messenger = 'whatsapp' } = state.instance ?? {};
  return [
    `export GREENAPI_API_URL=${location.origin}`,
    `export GREENAPI_MEDIA_URL=${location.origin}`,
    `export GREENAPI_ID_INSTANCE=${idInstance}`,
    `export GREENAPI_API_TOKEN_INSTANCE=${apiTokenInstance}`,
    ...(messenger === 'whatsapp' ? [] : [`export GREENAPI_MESSENGER=${messenger}`]),
  ].join('\n');
};

export const connectCard = (title) => {
  const code = h('pre', { tabindex: 0, 'aria-label': 'Variables' });
  const take = () => withErrorToast(async () => {
    await copy(lines());
    toast('Variables copied.');
  });
  subscribe(() => setText(code, lines()));
  return h('section', { class: 'section' }, h('h3', {}, title), code, button('Copy variables', take));
};
