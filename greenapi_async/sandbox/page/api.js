// The control calls: each gives the answer, or throws with the server's words.

import { ACCOUNT, actor, state } from './store.js';

const ask = async (verb, path, body) => {
  let answer;
  try {
    answer = await fetch(`/sandbox/${path}`, {
      method: verb,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error('The sandbox does not answer.');
  }
  const text = await answer.text();
  let told = null;
  try {
    told = JSON.parse(text);
  } catch {
    // not JSON: what it says is the whole text
  }
  if (!answer.ok) throw new Error(told?.message ?? (text || `The sandbox answered ${answer.status}.`));
  return told;
};

let before = Promise.resolve();

const own = (path) => {
  if (state.id === null) throw new Error('There is no instance. Add one first.');
  return `${state.id}/${path}`;
};
const ofChat = (chatId, what) => own(`chats/${encodeURIComponent(chatId)}/${what}`);

export const listInstances = () => ask('GET', 'instances');
export const addInstance = (given) => ask('POST', 'instances', given);
export const addContact = (phone, name) => ask('POST', own('contacts'), { phone, name });
export const addGroup = (given) => ask('POST', own('groups'), given);
export const read = (chatId) => ask('POST', ofChat(chatId, 'read'), {});
export const setExists = (chatId, exists) => ask('PUT', ofChat(chatId, 'account'), { exists });
export const setState = (given) => ask('PUT', own('state'), given);
export const setSettings = (given) => ask('PUT', own('settings'), given);
export const scan = (given) => ask('POST', own('scan'), given);
export const planFault = (given) => ask('POST', own('faults'), given);
export const clearFaults = () => ask('DELETE', own('faults'));
export const produce = (given) => ask('POST', own('produce'), given);

// Somebody does something in a chat: who is chosen there, unless it is said who.
// What is done first happens first, however slow the server is.
export const act = (chatId, what, as = actor(chatId)) => {
  const who = as !== ACCOUNT && chatId.endsWith('@g.us') ? { sender: as } : {};
  const path = own(as === ACCOUNT ? 'phone-messages' : 'messages');
  const done = before.then(() => ask('POST', path, { chatId, ...who, ...what }));
  before = done.catch(() => {});
  return done;
};
