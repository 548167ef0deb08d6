// Voice and video calls: start, ring, end.

import { act } from './api.js';
import { ask } from './dialogs.js';
import { button, h, renderIfChanged } from './dom.js';
import { icon } from './icons.js';
import { ACCOUNT, actor, change, state, subscribe } from './store.js';
import { withErrorToast, toast } from './toast.js';

const WORDS = {
  offer: 'Keep ringing',
  pickUp: 'Picked up',
  hangUp: 'Hung up',
  hungUp: 'Hung up',
  missed: 'Missed',
  declined: 'Declined',
  invalid: 'Failed',
};
const named = (statuses) => statuses.map((status) => [status, WORDS[status] ?? status]);

export const askForCall = (chatId) => {
  const byAccount = actor(chatId) === ACCOUNT;
  const statuses = state.choices.callStatuses[byAccount ? 'outgoing' : 'incoming'];
  ask({
    title: byAccount ? 'Call from the account’s phone' : 'Call the account',
    action: 'Call',
    specs: [
      { name: 'status', label: 'Outcome', type: 'select', options: named(statuses) },
      { name: 'isVideo', label: 'Video call', type: 'checkbox' },
    ],
    submit: async (call) => {
      const { idMessage } = await act(chatId, { call });
      if (call.status === 'offer') change((s) => s.ringing.set(chatId, { idMessage, isVideo: call.isVideo }));
      else toast(`Call: ${(WORDS[call.status] ?? call.status).toLowerCase()}.`);
    },
  });
};

const end = (chatId, idMessage, status) =>
  withErrorToast(async () => {
    await act(chatId, { call: { idMessage, status } }, chatId);
    change((s) => s.ringing.delete(chatId));
    toast(`Call: ${(WORDS[status] ?? status).toLowerCase()}.`);
  });

export const startPhoneCalls = (container) =>
  subscribe(() => {
    const { chatId } = state;
    const call = state.ringing.get(chatId);
    renderIfChanged(container, `${chatId} ${call?.idMessage}`, () => {
      if (!call) return [];
      const ends = state.choices.callStatuses.incoming.filter((status) => status !== 'offer');
      const buttons = named(ends).map(([status, words]) => button(words, () => end(chatId, call.idMessage, status)));
      return h('div', { class: 'ringing', role: 'group', 'aria-label': 'Call' }, icon('phone'), h('span', {}, call.isVideo ? 'Video call, ringing…' : 'Ringing…'), buttons);
    });
  });
