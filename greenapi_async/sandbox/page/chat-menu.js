// The menu of a chat.

import { read, setExists } from './api.js';
import { copy } from './dom.js';
import { openMenu } from './menu.js';
import { change, chat } from './store.js';
import { withErrorToast, toast } from './toast.js';

export const chatMenu = (anchor) => {
  const room = chat();
  const { chatId, exists } = room;
  openMenu(anchor, 'Chat actions', [
    { label: 'Mark as read now', icon: 'double', run: () => withErrorToast(() => read(chatId)) },
    { label: 'Copy chat id', icon: 'copy', run: () => withErrorToast(async () => { await copy(chatId); toast(`Copied: ${chatId}`); }) },
    !room.isGroup && { label: 'Number has an account', checked: exists !== false, run: () => withErrorToast(() => setExists(chatId, exists === false)) },
    { label: 'Close chat', icon: 'close', run: () => change((s) => Object.assign(s, { chatId: null, pane: 'chats' })) },
  ]);
};
