// The stream of server-sent events. When it breaks, the browser reconnects and the server sends everything again.
//
// A browser allows six connections per server for all pages together. Therefore, a hidden page closes its stream when
// another page opens one, and reopens it when it becomes visible.

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
    // the browser gives up if the response was not a stream, for example if the instance no longer exists
    if (opened.readyState === EventSource.CLOSED) later();
  };
};

// Reload the instances; other clients may have added some.
export const refresh = () =>
  listInstances().then((instances) => change((s) => { s.instances = instances; }), () => {});

const leaveFor = (s, id) => {
  forget();
  Object.assign(s, { id, chatId: null, pane: 'chats' });
  for (const map of [s.actors, s.drafts, s.ringing]) map.clear(); // another instance may have the same contacts
};

// Load the instances and open the stream of the selected one.
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
