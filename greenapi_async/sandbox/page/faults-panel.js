// Planning faults of the next calls.

import { clearFaults, planFault } from './api.js';
import { button, h, renderIfChanged, setHidden, setText } from './dom.js';
import { fields } from './fields.js';
import { state, subscribe } from './store.js';
import { withErrorToast, toast } from './toast.js';

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
const FOREVER = 1_000_000;

const QUICK = [
  ['Next send: 502, message not sent', { method: 'sendMessage', status: 502 }],
  ['Next send: 502, message sent anyway', { method: 'sendMessage', status: 502, afterEffect: true }],
  ['Next send: connection dropped, message sent anyway', { method: 'sendMessage', drop: true, afterEffect: true }],
  ['Next send: 429', { method: 'sendMessage', status: 429 }],
  ['Next send: 5 seconds slow', { method: 'sendMessage', delay: 5 }],
  ['Next 3 polls: 502 with HTML', { method: 'receiveNotification', status: 502, body: HTML, times: 3 }],
  ['Everything is down until cleared', { method: '*', status: 503, times: FOREVER }],
];

const ENDS = [
  ['', 'Response'],
  ['drop', 'Connection dropped'],
  ['truncate', 'Truncated response'],
  ['cut', 'Connection cut within the response'],
];

const plan = async (given) => {
  await planFault(given);
  toast('Fault planned.');
};

const quick = ([label, given]) => button(label, () => withErrorToast(() => plan(given)));

const words = ({ status, body, delay, drop, truncate, cut, afterEffect }) =>
  [
    status && String(status),
    body && 'custom body',
    delay && `${delay} s delay`,
    drop && 'dropped',
    truncate && 'truncated',
    cut && 'cut',
    (status || drop) && (afterEffect ? 'after it took effect' : 'without effect'),
  ].filter(Boolean).join(', ');

const describe = (fault) => {
  const name = fault.method === '*' ? 'Every method' : fault.method;
  const times = fault.times >= FOREVER / 2 ? 'until cleared' : fault.times === 1 ? 'once' : `${fault.times} times`;
  return h('li', {}, h('strong', {}, name), ` ${words(fault)}, `, h('span', { class: 'times' }, times));
};

const ownForm = () => {
  const asked = fields([
    { name: 'method', label: 'Method', type: 'select', options: [] },
    { name: 'ends', label: 'Outcome', type: 'select', options: ENDS },
    { name: 'status', label: 'Status', type: 'number', min: 200, max: 599, placeholder: 'unchanged' },
    { name: 'times', label: 'Times', type: 'number', min: 1, max: FOREVER, value: 1 },
    { name: 'delay', label: 'Delay, seconds', type: 'number', min: 0, max: 86_400, step: 'any', placeholder: '0' },
    { name: 'body', label: 'Body', placeholder: 'unchanged' },
    { name: 'afterEffect', label: 'After the call took effect', type: 'checkbox' },
  ]);
  const submit = (event) => {
    event.preventDefault();
    const { ends, afterEffect, ...given } = asked.read();
    withErrorToast(() => plan({ ...given, ...(ends ? { [ends]: true } : {}), ...(afterEffect ? { afterEffect } : {}) }));
  };
  const node = h('form', { class: 'grid', on: { submit } }, asked.nodes, h('button', { type: 'submit' }, 'Add fault'));
  return { node, method: asked.control('method') };
};

export const faultsPanel = () => {
  const form = ownForm();
  const list = h('ul', { class: 'planned' });
  const none = h('p', { class: 'hint' }, 'No faults are planned.');
  const clear = button('Clear all', () => withErrorToast(async () => {
    await clearFaults();
    toast('All faults cleared.');
  }), { class: 'danger' });
  subscribe(() => {
    const planned = state.instance?.faults ?? [];
    renderIfChanged(form.method, state.choices.methods.join(), () => ['*', ...state.choices.methods.filter((one) => one !== '*')].map((one) => h('option', { value: one }, one === '*' ? 'Every method' : one)));
    renderIfChanged(list, JSON.stringify(planned), () => planned.map(describe));
    setHidden(none, planned.length > 0);
    setHidden(list, planned.length === 0);
    clear.disabled = planned.length === 0;
    setText(clear, 'Clear all');
  });
  const section = (title, ...nodes) => h('section', { class: 'section' }, h('h3', {}, title), nodes);
  return [
    section('Planned faults', none, list, clear),
    section('Quick faults', h('div', { class: 'stack' }, QUICK.map(quick))),
    section('Custom fault', form.node),
  ];
};
