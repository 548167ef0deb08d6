// Form fields, created from `{ name, label, type, value, required, hint, options }`.

import { h } from './dom.js';

let count = 0;

const option = (one) => {
  const [value, label] = Array.isArray(one) ? one : [one, one];
  return h('option', { value }, label);
};

const CONTROLS = {
  select: ({ options, value }, props) => {
    const node = h('select', props, options.map(option));
    if (value !== undefined) node.value = value;
    return node;
  },
  textarea: ({ value, rows = 3 }, props) => h('textarea', { ...props, rows, value: value ?? '' }),
  file: (_spec, props) => h('input', { ...props, type: 'file' }),
};

const input = ({ type = 'text', value, min, max, step, placeholder, inputmode }, props) =>
  h('input', { ...props, type, value: value ?? '', min, max, step, placeholder, inputmode, autocomplete: 'off' });

const READ = {
  number: (node) => (node.value === '' ? undefined : node.valueAsNumber),
  file: (node) => [...node.files],
};

const checkbox = ({ name, label, value, role }) => {
  const node = h('input', { type: 'checkbox', name, checked: Boolean(value), role });
  return { node: h('label', { class: role === 'switch' ? 'switch' : 'check' }, node, h('span', {}, label)), control: node, read: () => node.checked };
};

const checks = ({ label, options }) => {
  const boxes = options.map(([value, text]) => [value, checkbox({ label: text })]);
  const node = h('fieldset', { class: 'checks' }, h('legend', {}, label), boxes.map(([, box]) => box.node));
  return { node, control: node, read: () => boxes.filter(([, box]) => box.read()).map(([value]) => value) };
};

// Return the field's node, its control, and a function that reads its value.
export const field = (spec) => {
  if (spec.type === 'checkbox') return checkbox(spec);
  if (spec.type === 'checks') return checks(spec);
  count += 1;
  const id = `field-${count}`;
  const props = { id, name: spec.name, required: spec.required, 'aria-describedby': spec.hint ? `${id}-hint` : null };
  const control = (CONTROLS[spec.type] ?? input)(spec, props);
  const node = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, spec.label),
    control,
    spec.hint && h('p', { class: 'hint', id: `${id}-hint` }, spec.hint),
  );
  return { node, control, read: () => (READ[spec.type] ?? ((one) => one.value.trim()))(control) };
};

// Create several fields that are read together, by name; empty ones are omitted.
export const fields = (specs) => {
  const made = specs.map((spec) => [spec.name, field(spec)]);
  const read = () =>
    Object.fromEntries(made.map(([name, one]) => [name, one.read()]).filter(([, value]) => value !== '' && value !== undefined));
  return { nodes: made.map(([, one]) => one.node), read, control: (name) => made.find(([own]) => own === name)[1].control };
};
