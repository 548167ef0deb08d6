// The settings: switches are saved at once, text fields together.

import { setSettings } from './api.js';
import { h, reconcile } from './dom.js';
import { field } from './fields.js';
import { labelOf } from './settings-labels.js';
import { state } from './store.js';
import { withErrorToast, toast } from './toast.js';

const TEXTS = [
  { name: 'delaySendMessagesMilliseconds', type: 'number', min: 500, max: 600_000 },
  { name: 'webhookUrl', type: 'url', placeholder: 'https://' },
  { name: 'webhookUrlToken' },
].map((spec) => ({ ...spec, label: labelOf(spec.name), hint: spec.name }));

// A readable label, the API's name, and whether the switch is off for a new instance.
const switchLabel = (name) => {
  const off = state.choices.off?.includes(name) ? ' · off by default' : '';
  return h('span', { class: 'names' }, labelOf(name), ' ', h('span', { class: 'hint' }, `${name}${off}`));
};

const switching = (name) => {
  const { node, control } = field({ type: 'checkbox', role: 'switch', name, label: switchLabel(name) });
  control.addEventListener('change', () => {
    const undo = () => { control.checked = node.known === 'yes'; };
    withErrorToast(() => setSettings({ [name]: control.checked ? 'yes' : 'no' }), undo);
  });
  node.box = control;
  return node;
};

// A switch keeps the user's change until the server reports another value.
const follow = (node, value) => {
  if (node.known === value) return;
  node.known = value;
  node.box.checked = value === 'yes';
};

export const settingsCard = () => {
  const switches = h('div', { class: 'switches' });
  const texts = TEXTS.map((spec) => ({ ...spec, ...field(spec), known: undefined }));
  const save = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(texts.map(({ name, control, type }) => [name, type === 'number' ? control.valueAsNumber : control.value.trim()]));
    const done = await withErrorToast(() => setSettings(given));
    if (done !== undefined) toast('Saved.');
  };
  const form = h('form', { class: 'texts', on: { submit: save } }, texts.map((one) => one.node), h('button', { type: 'submit' }, 'Save'));
  const node = h('section', { class: 'section' }, h('h3', {}, 'Settings'), h('p', { class: 'hint' }, 'A new instance of GREEN-API has every switch off. Here, those that a first bot needs are on.'), switches, form);
  let of = null;
  const update = ({ idInstance, settings }) => {
    reconcile(switches, state.choices.switches, { key: (name) => name, create: switching, update: (one, name) => follow(one, settings[name] ?? 'no') });
    for (const one of texts) {
      const value = String(settings[one.name] ?? '');
      if (one.known === value && of === idInstance) continue;
      one.known = value;
      one.control.value = value;
    }
    of = idInstance;
  };
  return { node, update };
};
