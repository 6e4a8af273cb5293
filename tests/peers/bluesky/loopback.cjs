// Loaded before anything else: whatever listens, listens on 127.0.0.1 alone. The servers here ask for every interface.
const net = require('node:net')
const listen = net.Server.prototype.listen

net.Server.prototype.listen = function (...args) {
  const options = net._normalizeArgs(args)[0]
  const back = args.find((one) => typeof one === 'function')
  if (options.path === undefined && options.fd === undefined && options._handle === undefined) {
    const bound = { ...options, host: '127.0.0.1', ipv6Only: false }
    return back ? listen.call(this, bound, back) : listen.call(this, bound)
  }
  return listen.apply(this, args)
}
