// Native dialogs: Escape closes them, and the focus returns to where it was.

import { button, h } from './dom.js';
import { fields } from './fields.js';
import { icon } from './icons.js';
import { toast } from './toast.js';

let count = 0;

// Show a dialog with the given nodes; it is removed when closed.
export const show = (title, nodes, props = {}) => {
  count += 1;
  const id = `dialog-${count}`;
  const close = () => dialog.close();
  const dialog = h(
    'dialog',
    { ...props, 'aria-labelledby': id, on: { close: () => dialog.remove() } },
    h('div', { class: 'dialog-head' }, h('h2', { id }, title), button(icon('close'), close, { class: 'bare', 'aria-label': 'Close' })),
    nodes,
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
};

// Show a form and pass its values to `submit`; if it throws, the error is displayed and the dialog stays open.
export const ask = ({ title, specs, action, submit, before = null, danger = false }) => {
  const asked = fields(specs);
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const done = h('button', { type: 'submit', class: danger ? 'main danger' : 'main' }, action);
  const onSubmit = async (event) => {
    event.preventDefault();
    done.disabled = true;
    try {
      await submit(asked.read());
      dialog.close();
    } catch (error) {
      wrong.textContent = error.message;
      done.disabled = false;
      if (!dialog.open) toast(error.message, 'wrong');
    }
  };
  const cancel = button('Cancel', () => dialog.close());
  const form = h('form', { on: { submit: onSubmit } }, before, asked.nodes, wrong, h('div', { class: 'dialog-foot' }, cancel, done));
  const dialog = show(title, form);
  dialog.querySelector('form :is(input, textarea, select)')?.focus();
  return asked;
};

export const confirm = (title, text, action, run) =>
  ask({ title, specs: [], action, submit: run, before: h('p', {}, text), danger: true });
