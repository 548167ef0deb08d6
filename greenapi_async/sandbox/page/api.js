// Client of the control API; a function returns the parsed response or throws the server's error message.

import { ACCOUNT, actor, state, isGroupId } from './store.js';

const request = async (verb, path, body) => {
  let response;
  try {
    response = await fetch(`/sandbox/${path}`, {
      method: verb,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error('The sandbox does not respond.');
  }
  const text = await response.text();
  let parsed = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    // not JSON: the text is the error message
  }
  if (!response.ok) throw new Error(parsed?.message ?? (text || `The sandbox responded with ${response.status}.`));
  return parsed;
};

let previous = Promise.resolve();

const own = (path) => {
  if (state.id === null) throw new Error('There is no instance. Add one first.');
  return `${state.id}/${path}`;
};
const ofChat = (chatId, what) => own(`chats/${encodeURIComponent(chatId)}/${what}`);

export const listInstances = () => request('GET', 'instances');
export const addInstance = (given) => request('POST', 'instances', given);
export const addContact = (phone, name) => request('POST', own('contacts'), { phone, name });
export const addGroup = (given) => request('POST', own('groups'), given);
export const read = (chatId) => request('POST', ofChat(chatId, 'read'), {});
export const setExists = (chatId, exists) => request('PUT', ofChat(chatId, 'account'), { exists });
export const setState = (given) => request('PUT', own('state'), given);
export const setSettings = (given) => request('PUT', own('settings'), given);
export const scan = (given) => request('POST', own('scan'), given);
export const planFault = (given) => request('POST', own('faults'), given);
export const clearFaults = () => request('DELETE', own('faults'));
export const produce = (given) => request('POST', own('produce'), given);

export const postStatus = (given) => request('POST', own('statuses'), given);
export const viewStatus = (idMessage, chatId) => request('POST', own(`statuses/${encodeURIComponent(idMessage)}/views`), { chatId });

// Perform an action in a chat, by default as the person chosen there. Actions are sent one after another, in order.
export const act = (chatId, what, as = actor(chatId)) => {
  const who = as !== ACCOUNT && isGroupId(chatId) ? { sender: as } : {};
  const path = own(as === ACCOUNT ? 'phone-messages' : 'messages');
  const done = previous.then(() => request('POST', path, { chatId, ...who, ...what }));
  previous = done.catch(() => {});
  return done;
};
