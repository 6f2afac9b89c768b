// A service with documents: `PORT=8001 node app.js`.

import express from 'express';

import { guard } from './guard.js';

const app = express();
app.get('/health', (_, response) => response.json({ status: 'ok' }));
app.get('/me', guard(), (request, response) => response.json(request.user));
app.get('/documents', guard('read'), (_, response) => response.json(['one', 'two']));
app.post('/documents', guard('read', 'write'), (request, response) => response.status(201).json({ author: request.user.user_id }));

const server = app.listen(Number(process.env.PORT ?? 8001), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
