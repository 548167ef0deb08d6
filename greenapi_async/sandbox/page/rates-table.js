// Usage of each method's rate limit: calls in the last second, and the maximum so far.

import { h, hidden, reconcile, setHidden, setText } from './dom.js';
import { now, span, state } from './store.js';

const NEAR = 0.8;
const AGAIN = 250;

const create = (method) => {
  const parts = { bar: h('span', { class: 'bar' }), track: h('span', { class: 'track' }), used: h('span'), most: h('td'), refused: h('td') };
  const node = h('tr', {}, h('th', { scope: 'row' }, method), h('td', {}, h('span', { class: 'rate' }, parts.track, parts.used)), parts.most, parts.refused);
  parts.track.append(parts.bar);
  node.parts = parts;
  return node;
};

const update = (node, method) => {
  const { times, most, refused } = state.rates.get(method);
  const limit = state.choices.limits[method];
  const seconds = span(limit);
  const used = times.filter((at) => at > now() - seconds).length;
  const allowed = limit ? limit * seconds : null;
  const unit = seconds > 1 ? ` in ${seconds} s` : '';
  const { parts } = node;
  setHidden(parts.track, !allowed);
  parts.bar.style.inlineSize = `${allowed ? Math.min(100, (100 * used) / allowed) : 0}%`;
  setText(parts.used, allowed ? `${used} of ${allowed}${unit}` : `${used}, no limit`);
  setText(parts.most, String(most));
  setText(parts.refused, refused ? String(refused) : '–');
  const over = refused > 0 || (allowed !== null && most > allowed);
  node.className = over ? 'over' : allowed > 1 && most >= NEAR * allowed ? 'near' : '';
  return used;
};

export const ratesTable = () => {
  const body = h('tbody');
  const head = h('tr', {}, ['Method', 'Last second', 'Max', '429'].map((name) => h('th', { scope: 'col' }, name)));
  const table = h('table', { class: 'rates' }, h('caption', {}, hidden('Rate limit usage by method')), h('thead', {}, head), body);
  const none = h('p', { class: 'hint' }, 'No calls yet.');
  let timer = null;
  const draw = () => {
    clearTimeout(timer);
    const methods = [...state.rates.keys()].sort();
    setHidden(table, methods.length === 0);
    setHidden(none, methods.length > 0);
    let used = 0;
    reconcile(body, methods, { key: (method) => method, create, update: (node, method) => { used += update(node, method); } });
    // the count of the last second decreases without further events
    if (used && table.checkVisibility()) timer = setTimeout(draw, AGAIN);
  };
  return { node: h('div', {}, table, none), draw };
};
