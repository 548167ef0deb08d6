// The phone in the browser: views over one store, filled by one stream.

import { startChats } from './chats.js';
import { startConversation } from './conversation.js';
import { startHeader } from './header.js';
import { startPlace } from './place.js';
import { connect } from './stream.js';
import { startTools } from './tools.js';
import { startWelcome } from './welcome.js';

startPlace();
startHeader();
startChats();
startWelcome();
startConversation();
startTools();
connect();
