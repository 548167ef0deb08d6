// The body of a message: text, files, locations, contacts, invitations.

import { show } from './dialogs.js';
import { button, h } from './dom.js';
import { formatted, link } from './format.js';
import { icon } from './icons.js';

// The link uses the bot's host name; the page's own host serves the same file.
const ownUrl = (url) => {
  if (!URL.canParse(url ?? '')) return null;
  const { pathname, search } = new URL(url);
  return pathname.startsWith('/files/') ? pathname + search : null;
};

const caption = (row) => (row.text ? h('p', { class: 'text' }, formatted(row.text)) : null);

const fileCard = ({ content }, note = null) => {
  const url = ownUrl(content.downloadUrl);
  const name = content.fileName || 'file';
  const words = h('span', { class: 'card-text' }, h('strong', {}, name), h('small', {}, note ?? (content.mimeType || 'unknown type')));
  const foreign = url ? null : /^https?:/.test(content.downloadUrl ?? '') && link(content.downloadUrl, 'Open', { class: 'file-link' });
  const get = url ? h('a', { class: 'file-link', href: url, download: name, 'aria-label': `Download ${name}` }, icon('download')) : foreign;
  return h('div', { class: 'card' }, icon('file'), words, get || h('small', {}, 'no link'));
};

const lost = (row, node) => () => node.replaceWith(fileCard(row, 'cannot be displayed'));

const image = (row) => {
  const url = ownUrl(row.content.downloadUrl);
  if (!url) return fileCard(row);
  const name = row.content.fileName || 'Photo';
  const alt = row.text || name;
  const enlarge = () => show(name, h('div', {}, h('img', { src: url, alt, class: 'large' }), fileCard(row)), { class: 'viewer' });
  const node = button(null, enlarge, { class: 'picture', 'aria-label': `Open ${alt}` });
  node.append(h('img', { src: url, alt: '', on: { error: lost(row, node) } }));
  return node;
};

const sticker = (row) => {
  const url = ownUrl(row.content.downloadUrl);
  if (!url) return fileCard(row);
  const node = h('img', { class: 'sticker', src: url, alt: 'Sticker' });
  node.addEventListener('error', lost(row, node));
  return node;
};

const playable = (tag) => (row) => {
  const url = ownUrl(row.content.downloadUrl);
  if (!url) return fileCard(row);
  const node = h(tag, { src: url, controls: true, preload: 'metadata', 'aria-label': row.content.fileName || tag });
  node.addEventListener('error', lost(row, node));
  return [node, h('a', { class: 'file-line', href: url, download: row.content.fileName || 'file' }, `Download ${row.content.fileName || tag}`)];
};

const place = ({ content }) => {
  const { latitude, longitude, nameLocation, address } = content.location ?? {};
  const url = `https://www.openstreetmap.org/?mlat=${encodeURIComponent(latitude)}&mlon=${encodeURIComponent(longitude)}`;
  return h(
    'div',
    { class: 'card' },
    icon('pin'),
    h('span', { class: 'card-text' }, nameLocation && h('strong', {}, nameLocation), address && h('span', {}, address), h('span', { class: 'numbers' }, `${latitude}, ${longitude}`), link(url, 'Open map')),
  );
};

const phones = (vcard = '') => {
  const lines = vcard.replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
  return lines.filter((line) => /^(\w+\.)?TEL[;:]/i.test(line)).map((line) => line.slice(line.indexOf(':') + 1).trim());
};

const person = ({ displayName, vcard }) =>
  h('div', { class: 'card' }, icon('person'), h('span', { class: 'card-text' }, h('strong', {}, displayName || 'No name'), phones(vcard).map((phone) => h('span', { class: 'numbers' }, phone))));

const invite = ({ content }) => {
  const { groupName, caption: words, inviteCode } = content.groupInviteMessageData ?? {};
  return h('div', { class: 'card' }, icon('group'), h('span', { class: 'card-text' }, h('strong', {}, groupName || 'A group'), words && h('span', {}, words), inviteCode && h('small', {}, `Code ${inviteCode}`)));
};

const product = ({ content }) => {
  const { title, description, price, currencyCode, url, fileMessageData } = content.productMessage ?? {};
  const picture = ownUrl(fileMessageData?.downloadUrl);
  const cost = [price, currencyCode].filter(Boolean).join(' ');
  const words = [h('strong', {}, title || 'A product'), description && h('span', {}, description), cost && h('span', { class: 'numbers' }, cost), /^https?:/.test(url ?? '') && link(url, 'Open')];
  return [picture && h('img', { class: 'sticker', src: picture, alt: '' }), h('div', { class: 'card' }, icon('cart'), h('span', { class: 'card-text' }, words))];
};

const order = ({ content }) => {
  const { orderId, totalPrice } = content.orderMessage ?? {};
  const words = [h('strong', {}, `Order ${orderId}`), h('span', { class: 'numbers' }, `Total ${totalPrice} (smallest units)`)];
  return h('div', { class: 'card' }, icon('cart'), h('span', { class: 'card-text' }, words));
};

const preview = ({ content }) => {
  const { title, description } = content.extendedTextMessage ?? {};
  return title || description ? h('div', { class: 'preview' }, title && h('strong', {}, title), description && h('span', {}, description)) : null;
};

const BODIES = {
  imageMessage: (row) => [image(row), caption(row)],
  videoMessage: (row) => [playable('video')(row), caption(row)],
  audioMessage: (row) => [playable('audio')(row), caption(row)],
  documentMessage: (row) => [fileCard(row), caption(row)],
  stickerMessage: sticker,
  locationMessage: place,
  contactMessage: ({ content }) => person(content.contact ?? {}),
  contactsArrayMessage: ({ content }) => (content.messageData?.contacts ?? []).map(person),
  groupInviteMessage: invite,
  productMessage: product,
  orderMessage: order,
};

const plain = (row) =>
  row.text ? [preview(row), h('p', { class: 'text' }, formatted(row.text))] : h('p', { class: 'text soft' }, row.typeMessage);

export const body = (row) => (BODIES[row.typeMessage] ?? plain)(row);
