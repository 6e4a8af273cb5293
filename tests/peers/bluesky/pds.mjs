// The real PDS, with the directory of names that it needs. Prints one line of JSON when it is ready.
// PDS_PORT, PLC_PORT: where; APPVIEW: who answers what a PDS does not; LIMITS: keep the real rate limits.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(process.env.PEER_PACKAGE)
const { TestNetworkNoAppView } = await import(pathToFileURL(require.resolve('@atproto/dev-env')))

const network = await TestNetworkNoAppView.create({
  plc: { port: Number(process.env.PLC_PORT) },
  pds: {
    port: Number(process.env.PDS_PORT),
    hostname: 'localhost',
    ...(process.env.APPVIEW ? { bskyAppViewUrl: process.env.APPVIEW, bskyAppViewDid: 'did:web:localhost' } : {}),
    ...(process.env.LIMITS ? { rateLimitsEnabled: true } : {}),
  },
})
console.log(JSON.stringify({ ready: true, pds: network.pds.url }))
process.on('SIGTERM', () => network.close().then(() => process.exit(0)))
