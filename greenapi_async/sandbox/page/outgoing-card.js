// The send queue, and the progress of messages that were sent to several chats, such as a broadcast.

import { h, renderIfChanged, setHidden, setText } from './dom.js';
import { clockSeconds } from './names-and-times.js';

const STATUSES = ['queued', 'sent', 'delivered', 'read', 'failed'];

const queuedRow = ({ name, text, queuedAt }) =>
  h('li', {}, h('span', { class: 'series-text' }, h('strong', {}, name), ` ${text}`), h('time', {}, clockSeconds(queuedAt)));

const seriesRow = (row) => {
  const reached = row.delivered + row.read;
  const numbers = STATUSES.filter((name) => row[name]).map((name) => `${row[name]} ${name}`).join(', ');
  const bar = h('progress', { max: row.total, value: reached, 'aria-label': `Delivered: ${reached} of ${row.total}` });
  return h('li', {}, h('span', { class: 'series-text' }, row.text), bar, h('span', { class: 'hint' }, `${row.total} messages: ${numbers}`));
};

export const outgoingCard = () => {
  const summary = h('p', { class: 'hint' });
  const queue = h('ol', { class: 'outgoing' });
  const series = h('ul', { class: 'outgoing series' });
  const title = h('h4', {}, 'Sent to several chats');
  const node = h('section', { class: 'section' }, h('h3', {}, 'Outgoing messages'), summary, queue, title, series);
  const update = (view) => {
    if (!view) return;
    const { waiting, delay } = view;
    setText(summary, waiting ? `${waiting} in the queue, one leaves every ${delay / 1000} s.` : `The queue is empty; one message leaves every ${delay / 1000} s.`);
    setHidden(queue, !view.queue.length);
    setHidden(series, !view.series.length);
    setHidden(title, !view.series.length);
    renderIfChanged(queue, JSON.stringify(view.queue), () => view.queue.map(queuedRow));
    renderIfChanged(series, JSON.stringify(view.series), () => view.series.map(seriesRow));
  };
  return { node, update };
};
