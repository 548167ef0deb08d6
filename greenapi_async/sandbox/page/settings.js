// The settings: switches that save at once, and texts that are saved together.

import { setSettings } from './api.js';
import { h, reconcile } from './dom.js';
import { field } from './fields.js';
import { state } from './store.js';
import { telling, toast } from './toast.js';

const TEXTS = [
  { name: 'delaySendMessagesMilliseconds', label: 'delaySendMessagesMilliseconds', type: 'number', min: 500, max: 86_400_000 },
  { name: 'webhookUrl', label: 'webhookUrl', type: 'url', placeholder: 'https://' },
  { name: 'webhookUrlToken', label: 'webhookUrlToken' },
];

const switching = (name) => {
  const { node, control } = field({ type: 'checkbox', role: 'switch', name, label: name });
  control.addEventListener('change', () => {
    const undo = () => { control.checked = node.told === 'yes'; };
    telling(() => setSettings({ [name]: control.checked ? 'yes' : 'no' }), undo);
  });
  node.box = control;
  return node;
};

// What somebody has changed stays as they left it until the server has another value.
const follow = (node, value) => {
  if (node.told === value) return;
  node.told = value;
  node.box.checked = value === 'yes';
};

export const settingsCard = () => {
  const switches = h('div', { class: 'switches' });
  const texts = TEXTS.map((spec) => ({ ...spec, ...field(spec), told: undefined }));
  const save = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(texts.map(({ name, control, type }) => [name, type === 'number' ? control.valueAsNumber : control.value.trim()]));
    const done = await telling(() => setSettings(given));
    if (done !== undefined) toast('Saved.');
  };
  const form = h('form', { class: 'texts', on: { submit: save } }, texts.map((one) => one.node), h('button', { type: 'submit' }, 'Save'));
  const node = h('section', { class: 'section' }, h('h3', {}, 'Settings'), switches, form);
  let of = null;
  const update = ({ idInstance, settings }) => {
    reconcile(switches, state.choices.switches, { key: (name) => name, create: switching, update: (one, name) => follow(one, settings[name] ?? 'no') });
    for (const one of texts) {
      const value = String(settings[one.name] ?? '');
      if (one.told === value && of === idInstance) continue;
      one.told = value;
      one.control.value = value;
    }
    of = idInstance;
  };
  return { node, update };
};
