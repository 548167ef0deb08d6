// The stream of what happens; when it breaks, the browser opens it again and everything comes anew.
//
// A browser keeps six connections to a server for all its pages together. So that any number of them can be open, a page
// that nobody sees lets go of its stream when another page takes one, and takes it up again when it is seen.

import { apply, change, forget, state } from './store.js';
import { listInstances } from './api.js';

const AGAIN = 2000;
let source = null;
let timer = null;
const others = new BroadcastChannel('streams');

const lost = () => change((s) => { s.connection = 'lost'; });

const later = () => {
  clearTimeout(timer);
  timer = setTimeout(connect, AGAIN);
};

const close = () => {
  source?.close();
  source = null;
};

const open = () => {
  close();
  others.postMessage(state.id);
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

const leaveFor = (s, id) => {
  forget();
  Object.assign(s, { id, chatId: null, pane: 'chats' });
  for (const map of [s.actors, s.drafts, s.ringing]) map.clear(); // two instances may know the same contact
};

// Learn which instances there are, and listen to the chosen one.
export const connect = async () => {
  clearTimeout(timer);
  try {
    const instances = await listInstances();
    change((s) => {
      s.instances = instances;
      if (!instances.some((one) => one.idInstance === s.id)) leaveFor(s, instances[0]?.idInstance ?? null);
      if (s.id === null) s.connection = 'live';
    });
  } catch {
    lost();
    later();
    return;
  }
  if (state.id !== null) open();
  else {
    close();
    later();
  }
};

export const choose = (id) => {
  close();
  change((s) => {
    leaveFor(s, id);
    s.connection = 'connecting';
  });
  return connect();
};

others.onmessage = () => {
  if (!document.hidden || !source) return;
  close();
  change((s) => { s.connection = 'resting'; });
};
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && state.connection === 'resting') connect();
});
