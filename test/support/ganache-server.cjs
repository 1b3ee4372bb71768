/** Runs ganache on a free loopback port; its own command line does not accept port 0. */

const ganache = require('ganache')

const server = ganache.server({
  chain: { chainId: Number(process.argv[2]) },
  logging: { quiet: true },
  wallet: { deterministic: true },
})
server.listen(0, '127.0.0.1').then(() => {
  console.log(`Listening on 127.0.0.1:${server.address().port}`)
})
