// The panel of the instance: state, sign-in, queues and settings.

import { addInstance, produce, scan, setState } from './api.js';
import { connectCard } from './connect-card.js';
import { ask, confirm } from './dialogs.js';
import { button, h, renderIfChanged, setAttribute, setHidden, setText } from './dom.js';
import { field } from './fields.js';
import { outgoingCard } from './outgoing-card.js';
import { settingsCard } from './settings-card.js';
import { statusesCard } from './statuses-card.js';
import { kindHint } from './notification-kinds.js';
import { choose } from './event-stream.js';
import { state, subscribe } from './store.js';
import { withErrorToast, toast } from './toast.js';

export const STATES = {
  authorized: ['Authorized', 'good'],
  notAuthorized: ['Not authorized', 'bad'],
  blocked: ['Blocked', 'bad'],
  sleepMode: ['Sleep mode', 'warn'],
  starting: ['Starting', 'warn'],
  yellowCard: ['Yellow card', 'warn'],
  suspended: ['Suspended', 'warn'],
  pendingPassword: ['Waiting for the password', 'warn'],
};

export const stateWords = ({ stateInstance, expired, deleted }) => {
  if (deleted) return ['Deleted', 'bad'];
  if (expired) return ['Expired', 'bad'];
  return STATES[stateInstance] ?? [stateInstance ?? 'Being created', 'warn'];
};

const section = (title, ...nodes) => h('section', { class: 'section' }, h('h3', {}, title), nodes);

// A select that follows the server's value and reverts to it on an error.
const following = (spec, save) => {
  const made = field({ ...spec, type: 'select' });
  let known; // the server's value; null is a state too
  made.control.addEventListener('change', () => withErrorToast(() => save(made.control.value), () => { made.control.value = known; }));
  const follow = (value) => {
    if (value === known) return;
    known = value;
    made.control.value = value;
  };
  return { ...made, follow };
};

const flag = (name, label) => {
  const made = field({ type: 'checkbox', role: 'switch', name, label });
  let known = null;
  const { control } = made;
  control.addEventListener('change', () => withErrorToast(() => setState({ [name]: control.checked }), () => { control.checked = known; }));
  const follow = (value) => {
    if (value === known) return;
    known = value;
    control.checked = value;
  };
  return { ...made, follow };
};

const signIn = () => {
  const picture = h('img', { class: 'qr', alt: 'QR code to sign the instance in' });
  const scanning = () => withErrorToast(async () => {
    await scan({ text: state.instance.qr.text });
    toast('Signed in.');
  });
  const scanButton = button('Scan with the phone', scanning, { class: 'main' });
  const code = field({ name: 'code', label: 'Authorization code', placeholder: 'ABCD1234' });
  const hint = h('p', { class: 'hint' });
  const enter = async (event) => {
    event.preventDefault();
    const done = await withErrorToast(() => scan({ code: code.read() }));
    if (done === undefined) return;
    code.control.value = '';
    toast('Signed in.');
  };
  const form = h('form', { class: 'inline', on: { submit: enter } }, code.node, h('button', { type: 'submit' }, 'Submit code'));
  const node = h('div', { class: 'sign-in', hidden: true }, picture, scanButton, form, hint);
  const update = ({ qr, stateInstance, authorizationCode }) => {
    const signedIn = stateInstance !== 'notAuthorized';
    if (signedIn && node.contains(document.activeElement)) node.closest('[role=tabpanel]').focus();
    setHidden(node, signedIn);
    setHidden(picture, !qr);
    setHidden(scanButton, !qr);
    if (qr) setAttribute(picture, 'src', `data:image/png;base64,${qr.image}`);
    setText(hint, authorizationCode ? `The bot received the code ${authorizationCode}.` : 'The bot gets the code from getAuthorizationCode.');
  };
  return { node, update };
};

const stateCard = () => {
  const badge = h('p', { class: 'badge' });
  const who = h('p', { class: 'hint' });
  const entry = signIn();
  const out = button('Log out', () => confirm('Log out', 'The account is unlinked from this instance, as if on the phone.', 'Log out', () => setState({ stateInstance: 'notAuthorized' })));
  const pick = following({ label: 'State', options: [] }, (stateInstance) => setState({ stateInstance }));
  const flags = [flag('expired', 'Expired'), flag('deleted', 'Deleted')];
  const tariff = following({ label: 'Tariff', options: ['business', 'developer'] }, (value) => setState({ tariff: value }));
  const node = section('State', h('div', { class: 'row' }, badge, out), who, entry.node, h('div', { class: 'pair' }, pick.node, tariff.node), h('div', { class: 'row' }, flags.map((one) => one.node)));
  const update = (instance) => {
    const [words, kind] = stateWords(instance);
    setText(badge, words);
    badge.className = `badge ${kind}`;
    setText(who, `Instance ${instance.idInstance}, phone +${instance.phone}`);
    setHidden(out, instance.stateInstance !== 'authorized');
    entry.update(instance);
    renderIfChanged(pick.control, state.choices.states.join(), () => state.choices.states.map((one) => h('option', { value: one }, STATES[one]?.[0] ?? one)));
    pick.follow(instance.stateInstance);
    tariff.follow(instance.tariff);
    flags[0].follow(instance.expired);
    flags[1].follow(instance.deleted);
  };
  return { node, update };
};

const queueCard = () => {
  const waiting = h('dd');
  const sending = h('dd');
  const kind = field({ label: 'Notification', type: 'select', options: [] });
  const variant = field({ label: 'Variant', type: 'select', options: [] });
  const hint = h('p', { class: 'hint', role: 'status' });
  const variants = () => {
    variant.control.replaceChildren(...(state.choices.kinds[kind.control.value] ?? []).map((one) => h('option', { value: one }, one)));
    setText(hint, kindHint(kind.control.value));
  };
  kind.control.addEventListener('change', variants);
  const queue = () => withErrorToast(async () => {
    await produce({ kind: kind.control.value, variant: variant.control.value || undefined });
    toast(`Queued: ${kind.control.value}.`);
  });
  const counts = h('dl', { class: 'numbers-list' }, h('dt', {}, 'Queued notifications'), waiting, h('dt', {}, 'Queued messages'), sending);
  const about = h('p', { class: 'hint' }, 'Test how your bot takes any notification: choose one, and it is queued with example data, whatever the settings. Only the notification is made up: no chat shows it. A variant is another documented form of the same notification.');
  const node = section('Queues', counts);
  const form = section('Queue a notification', about, kind.node, hint, variant.node, button('Queue notification', queue));
  const update = ({ queues }) => {
    setText(waiting, String(queues.notifications));
    setText(sending, String(queues.messages));
    const kinds = Object.keys(state.choices.kinds);
    renderIfChanged(kind.control, kinds.join(), () => kinds.map((one) => h('option', { value: one }, one)));
    if (!variant.control.options.length) variants();
  };
  return { node, form, update };
};

const newInstance = () =>
  ask({
    title: 'Add instance',
    action: 'Add',
    specs: [
      { name: 'idInstance', label: 'idInstance', type: 'number', value: Math.max(1101000000, ...state.instances.map((one) => one.idInstance)) + 1, required: true },
      { name: 'apiTokenInstance', label: 'apiTokenInstance', hint: 'Leave empty for the default token' },
      { name: 'phone', label: 'Phone', type: 'tel', placeholder: '79876543210' },
    ],
    submit: async (given) => {
      const { idInstance } = await addInstance(given);
      await choose(idInstance);
    },
  });

export const instancePanel = () => {
  const cards = [stateCard(), queueCard(), settingsCard(), statusesCard()];
  const outgoing = outgoingCard();
  subscribe(() => {
    for (const card of cards) {
      setHidden(card.node, state.id === null);
      if (card.form) setHidden(card.form, state.id === null);
      if (state.instance) card.update(state.instance);
    }
    setHidden(outgoing.node, state.id === null);
    outgoing.update(state.outgoing);
  });
  const [status, queues, settings, statuses] = cards.map((card) => card.node);
  const instances = section('Instances', button('Add instance', newInstance));
  return [status, connectCard('Connect a bot'), queues, outgoing.node, settings, statuses, cards[1].form, instances];
};
