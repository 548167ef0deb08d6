// The log of API calls, newest first; successful polls are collapsed into one line.

import { h, renderIfChanged, reconcile, setAttribute, setText } from './dom.js';
import { field } from './fields.js';
import { clockSeconds } from './names-and-times.js';
import { ratesTable } from './rates-table.js';
import { state, subscribe } from './store.js';

const WORDS = {
  400: 'Bad request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not found', 405: 'Not allowed', 408: 'Timeout',
  413: 'Too large', 415: 'Wrong type', 429: 'Too many', 466: 'Quota', 499: 'Client closed', 500: 'Server error', 502: 'Bad gateway', 503: 'Unavailable', 504: 'Timeout',
};

// A bot that stops ends its poll: no failure of the server.
const isStopped = ({ status, method }) => status === 499 && method === 'receiveNotification';

const verdict = ({ status, open, method }) => {
  if (open) return ['waiting', 'wait'];
  if (status === null) return ['dropped', 'bad'];
  if (isStopped({ status, method })) return ['stopped', ''];
  if (status < 300) return [status === 200 ? '200 OK' : String(status), 'good'];
  return [String(status), status === 429 ? 'warn' : 'bad'];
};

const isError = (call) => !isStopped(call) && (Boolean(call.error) || (!call.open && (call.status === null || call.status >= 300)));

const POLLING = new Set(['receiveNotification', 'deleteNotification']);

const isCollapsible = ({ method, status, open, error }) => POLLING.has(method) && status === 200 && !open && !error;

// The key of collapsed calls is the oldest one, so that the line stays the same while it grows.
const collapsed = (calls) => {
  const lines = [];
  for (const call of calls) {
    const last = lines.at(-1);
    if (last && isCollapsible(call) && isCollapsible(last.call)) {
      last.count += 1;
      last.key = call.number;
      last.methods.add(call.method);
    } else lines.push({ call, key: call.number, count: 1, methods: new Set([call.method]) });
  }
  return lines;
};

const duration = (seconds) => {
  if (seconds === null || seconds === undefined) return '';
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
};

const create = () => {
  const parts = { time: h('time'), method: h('strong'), count: h('span', { class: 'times' }), status: h('span'), took: h('span', { class: 'took' }), error: h('p', { class: 'error' }) };
  const node = h('li', { class: 'call' }, parts.time, h('span', { class: 'method' }, parts.method, ' ', parts.count), parts.status, parts.took, parts.error);
  node.parts = parts;
  return node;
};

const update = ({ parts }, { call, count, methods }) => {
  const names = [...methods].sort().reverse().join(', ');
  const [words, kind] = verdict(call);
  setText(parts.time, clockSeconds(call.at));
  setText(parts.method, methods.size > 1 ? 'polling' : names);
  setAttribute(parts.method, 'title', names);
  setText(parts.count, count > 1 ? `× ${count}` : '');
  setText(parts.status, words);
  parts.status.className = `badge ${kind}`;
  setText(parts.took, duration(call.took));
  setText(parts.error, isStopped(call) ? '' : [WORDS[call.status], call.error].filter(Boolean).join(': '));
  setAttribute(parts.status, 'title', isStopped(call) ? 'The bot ended the poll, as it does when it stops' : null);
};

export const callsPanel = () => {
  const method = field({ label: 'Method', type: 'select', options: [['', 'All methods']] });
  const errors = field({ label: 'Errors only', type: 'checkbox' });
  const list = h('ol', { class: 'calls', 'aria-label': 'API calls, newest first' });
  const none = h('p', { class: 'hint' });
  const rates = ratesTable();
  const draw = () => {
    const all = [...state.calls.values()].sort((a, b) => b.number - a.number);
    const methods = [...state.rates.keys()].sort();
    const chosen = method.control.value;
    renderIfChanged(method.control, methods.join(), () => [h('option', { value: '' }, 'All methods'), methods.map((one) => h('option', { value: one }, one))]);
    method.control.value = methods.includes(chosen) ? chosen : '';
    if (!list.checkVisibility()) return;
    const wanted = all.filter((call) => (!method.control.value || call.method === method.control.value) && (!errors.control.checked || isError(call)));
    const lines = collapsed(wanted);
    reconcile(list, lines, { key: (line) => line.key, create, update });
    setText(none, lines.length ? '' : all.length ? 'No recent call matches the filters.' : 'No calls yet. Start a bot to see its calls here.');
    rates.draw();
  };
  method.control.addEventListener('change', draw);
  errors.control.addEventListener('change', draw);
  subscribe(draw);
  const filters = h('div', { class: 'row filters' }, method.node, errors.node);
  return [
    h('section', { class: 'section' }, h('h3', {}, 'Rates'), rates.node),
    h('section', { class: 'section' }, h('h3', {}, 'Calls'), filters, none, list),
  ];
};
