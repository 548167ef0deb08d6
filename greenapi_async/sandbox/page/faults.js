// What shall go wrong with the next calls.

import { clearFaults, planFault } from './api.js';
import { button, h, part, setHidden, setText } from './dom.js';
import { fields } from './fields.js';
import { state, subscribe } from './store.js';
import { telling, toast } from './toast.js';

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
const FOREVER = 1_000_000;

const QUICK = [
  ['The next send: 502 before it took effect', { method: 'sendMessage', status: 502 }],
  ['The next send: 502 after it took effect', { method: 'sendMessage', status: 502, afterEffect: true }],
  ['The next send: connection dropped after it took effect', { method: 'sendMessage', drop: true, afterEffect: true }],
  ['The next send: 429', { method: 'sendMessage', status: 429 }],
  ['The next send: 5 seconds slow', { method: 'sendMessage', delay: 5 }],
  ['The next 3 polls: 502 with HTML', { method: 'receiveNotification', status: 502, body: HTML, times: 3 }],
  ['Everything is down until cleared', { method: '*', status: 503, times: FOREVER }],
];

const ENDS = [
  ['', 'An answer'],
  ['drop', 'The connection is dropped'],
  ['truncate', 'Half the true answer, as if whole'],
  ['cut', 'The connection breaks inside the answer'],
];

const plan = async (given) => {
  await planFault(given);
  toast('Planned.');
};

const quick = ([label, given]) => button(label, () => telling(() => plan(given)));

const words = ({ status, body, delay, drop, truncate, cut, afterEffect }) =>
  [
    status && String(status),
    body && 'own body',
    delay && `${delay} s late`,
    drop && 'dropped',
    truncate && 'truncated',
    cut && 'cut',
    (status || drop) && (afterEffect ? 'after it took effect' : 'before it takes effect'),
  ].filter(Boolean).join(', ');

const describe = (fault) => {
  const name = fault.method === '*' ? 'Every method' : fault.method;
  const times = fault.times >= FOREVER / 2 ? 'until cleared' : fault.times === 1 ? 'once' : `${fault.times} times`;
  return h('li', {}, h('strong', {}, name), ` ${words(fault)}, `, h('span', { class: 'times' }, times));
};

const ownForm = () => {
  const asked = fields([
    { name: 'method', label: 'Method', type: 'select', options: [] },
    { name: 'ends', label: 'What comes', type: 'select', options: ENDS },
    { name: 'status', label: 'Status', type: 'number', min: 200, max: 599, placeholder: 'true one' },
    { name: 'times', label: 'Times', type: 'number', min: 1, max: FOREVER, value: 1 },
    { name: 'delay', label: 'Delay, seconds', type: 'number', min: 0, max: 86_400, step: 'any', placeholder: '0' },
    { name: 'body', label: 'Body', placeholder: 'true one' },
    { name: 'afterEffect', label: 'After it took effect', type: 'checkbox' },
  ]);
  const submit = (event) => {
    event.preventDefault();
    const { ends, afterEffect, ...given } = asked.read();
    telling(() => plan({ ...given, ...(ends ? { [ends]: true } : {}), ...(afterEffect ? { afterEffect } : {}) }));
  };
  const node = h('form', { class: 'grid', on: { submit } }, asked.nodes, h('button', { type: 'submit' }, 'Plan it'));
  return { node, method: asked.control('method') };
};

export const faultsPanel = () => {
  const form = ownForm();
  const list = h('ul', { class: 'planned' });
  const none = h('p', { class: 'hint' }, 'Nothing is planned: every call goes well.');
  const clear = button('Clear all', () => telling(async () => {
    await clearFaults();
    toast('Everything goes well again.');
  }), { class: 'danger' });
  subscribe(() => {
    const planned = state.instance?.faults ?? [];
    part(form.method, state.choices.methods.join(), () => ['*', ...state.choices.methods.filter((one) => one !== '*')].map((one) => h('option', { value: one }, one === '*' ? 'Every method' : one)));
    part(list, JSON.stringify(planned), () => planned.map(describe));
    setHidden(none, planned.length > 0);
    setHidden(list, planned.length === 0);
    clear.disabled = planned.length === 0;
    setText(clear, 'Clear all');
  });
  const section = (title, ...nodes) => h('section', { class: 'section' }, h('h3', {}, title), nodes);
  return [
    section('Planned', none, list, clear),
    section('Make the server fail', h('div', { class: 'stack' }, QUICK.map(quick))),
    section('Any other failure', form.node),
  ];
};
