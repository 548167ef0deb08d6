// What can be done with the whole chat.

import { read, setExists } from './api.js';
import { copy } from './dom.js';
import { openMenu } from './menu.js';
import { change, chat } from './store.js';
import { telling, toast } from './toast.js';

export const chatMenu = (anchor) => {
  const room = chat();
  const { chatId, exists } = room;
  openMenu(anchor, 'Chat actions', [
    { label: 'Mark as read now', icon: 'double', run: () => telling(() => read(chatId)) },
    { label: 'Copy the chat id', icon: 'copy', run: () => telling(async () => { await copy(chatId); toast(`Copied: ${chatId}`); }) },
    !room.isGroup && { label: 'The number has an account', checked: exists !== false, run: () => telling(() => setExists(chatId, exists === false)) },
    { label: 'Close the chat', icon: 'close', run: () => change((s) => Object.assign(s, { chatId: null, pane: 'chats' })) },
  ]);
};
