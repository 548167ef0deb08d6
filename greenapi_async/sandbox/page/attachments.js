// Dialogs for sending files, locations, contacts, polls and calls.

import { act } from './api.js';
import { ask } from './dialogs.js';
import { h } from './dom.js';
import { openMenu } from './menu.js';
import { askForCall } from './phone-calls.js';
import { ACCOUNT, actor, change, draft, quoting, state } from './store.js';

const base64 = (file) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(new Error(`Cannot read ${file.name}.`));
    reader.readAsDataURL(file);
  });

const KINDS = [['', 'Automatic'], ['document', 'A document'], ['sticker', 'A sticker'], ['audio', 'Audio']];

// Return a submit handler that sends a message, quoting the one that is being replied to.
const sending = (chatId, what) => async (given) => {
  await act(chatId, { ...what(given), ...quoting(chatId) });
  change(() => { draft(chatId).reply = null; });
};

export const sendFiles = (chatId, files) => {
  const given = files.length > 0;
  const sent = new Set(); // after an error, files that were already sent are not sent again
  const names = h('p', { class: 'hint' }, files.map((file) => file.name).join(', '));
  ask({
    title: files.length > 1 ? `Send ${files.length} files` : 'Send a file',
    action: 'Send',
    before: given ? names : null,
    specs: [
      ...(given ? [] : [{ name: 'files', label: 'File', type: 'file', required: true }]),
      { name: 'caption', label: 'Caption' },
      { name: 'kind', label: 'Send as', type: 'select', options: KINDS },
    ],
    submit: async ({ files: chosen = files, caption, kind }) => {
      for (const file of chosen.filter((one) => !sent.has(one))) {
        const data = await base64(file);
        const parameters = { fileName: file.name || 'file', data, caption, kind, mimeType: file.type || undefined };
        await sending(chatId, () => ({ file: parameters }))();
        sent.add(file);
      }
    },
  });
};

const sendLocation = (chatId) =>
  ask({
    title: 'Send a location',
    action: 'Send',
    specs: [
      { name: 'latitude', label: 'Latitude', type: 'number', step: 'any', min: -90, max: 90, value: '48.8584', required: true },
      { name: 'longitude', label: 'Longitude', type: 'number', step: 'any', min: -180, max: 180, value: '2.2945', required: true },
      { name: 'nameLocation', label: 'Name', value: 'Eiffel Tower' },
      { name: 'address', label: 'Address' },
    ],
    submit: sending(chatId, (location) => ({ location })),
  });

const sendContact = (chatId) =>
  ask({
    title: 'Send a contact',
    action: 'Send',
    specs: [
      { name: 'phone', label: 'Phone', type: 'tel', required: true, hint: 'International format' },
      { name: 'firstName', label: 'First name', required: true },
      { name: 'lastName', label: 'Last name' },
    ],
    submit: sending(chatId, ({ phone, ...names }) => ({ contact: { phoneContact: Number(phone.replace(/\D/g, '')), ...names } })),
  });

const sendPoll = (chatId) =>
  ask({
    title: 'Send a poll',
    action: 'Send',
    specs: [
      { name: 'message', label: 'Question', required: true },
      { name: 'options', label: 'Options', type: 'textarea', rows: 4, required: true, hint: 'One per line, 2 to 12' },
      { name: 'multipleAnswers', label: 'Multiple answers', type: 'checkbox' },
    ],
    submit: sending(chatId, ({ message, options = '', multipleAnswers }) => ({
      poll: { message, options: options.split('\n').map((line) => line.trim()).filter(Boolean), multipleAnswers },
    })),
  });

const sendProduct = (chatId) =>
  ask({
    title: 'Send a product',
    action: 'Send',
    specs: [{ name: 'productId', label: 'Product', type: 'select', options: state.products.map(({ id, name }) => [id, name]) }],
    submit: sending(chatId, (product) => ({ product })),
  });

const sendOrder = (chatId) =>
  ask({
    title: 'Order products',
    action: 'Order',
    specs: state.products.map(({ id, name, currency }) => ({ name: id, label: `${name} (${currency})`, type: 'number', min: 0, max: 99, step: 1, value: 0 })),
    submit: sending(chatId, (pieces) => ({
      order: { productIds: Object.entries(pieces).flatMap(([productId, count]) => Array(count).fill(productId)) },
    })),
  });

// What can be done with the account's catalogue; its owner cannot order from it.
const shopping = (chatId) => {
  if (!state.products.length) return [];
  const products = { label: 'Product…', icon: 'cart', run: () => sendProduct(chatId) };
  return actor(chatId) === ACCOUNT ? [products] : [products, { label: 'Order…', icon: 'cart', run: () => sendOrder(chatId) }];
};

export const attachMenu = (anchor, chatId) =>
  openMenu(anchor, 'Attach', [
    { label: 'File…', icon: 'file', run: () => sendFiles(chatId, []) },
    { label: 'Location…', icon: 'pin', run: () => sendLocation(chatId) },
    { label: 'Contact…', icon: 'person', run: () => sendContact(chatId) },
    { label: 'Poll…', icon: 'poll', run: () => sendPoll(chatId) },
    ...shopping(chatId),
    { label: 'Call…', icon: 'phone', run: () => askForCall(chatId) },
  ]);
