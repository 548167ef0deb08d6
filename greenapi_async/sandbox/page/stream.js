// The stream of what happens; when it breaks, the browser opens it again and everything comes anew.

import { apply, change, forget, state } from './store.js';
import { listInstances } from './api.js';

const AGAIN = 2000;
let source = null;
let timer = null;

const lost = () => change((s) => { s.connection = 'lost'; });

const later = () => {
  clearTimeout(timer);
  timer = setTimeout(connect, AGAIN);
};

const open = () => {
  source?.close();
  const opened = new EventSource(`/sandbox/${state.id}/events`);
  source = opened;
  opened.onmessage = (event) => {
    if (source === opened) apply(JSON.parse(event.data));
  };
  opened.onerror = () => {
    if (source !== opened) return;
    lost();
    // the browser gives up where the answer was no stream, as when the sandbox has other instances now
    if (opened.readyState === EventSource.CLOSED) later();
  };
};

// Others may add instances too.
export const refresh = () =>
  listInstances().then((instances) => change((s) => { s.instances = instances; }), () => {});

// Learn which instances there are, and listen to the chosen one.
export const connect = async () => {
  clearTimeout(timer);
  try {
    const instances = await listInstances();
    change((s) => {
      s.instances = instances;
      if (!instances.some((one) => one.idInstance === s.id)) s.id = instances[0]?.idInstance ?? null;
      if (s.id === null) s.connection = 'live';
    });
  } catch {
    lost();
    later();
    return;
  }
  if (state.id === null) source?.close();
  else open();
};

export const choose = (id) => {
  change((s) => {
    forget();
    Object.assign(s, { id, chatId: null, pane: 'chats', connection: 'connecting' });
    for (const map of [s.actors, s.drafts, s.ringing]) map.clear(); // two instances may know the same contact
  });
  return connect();
};
