# The app of the puma peer: what BenchApi answers, as a Rack app.
require 'digest'

# The content of a download has a period of 251 bytes, which is how the client tells that a piece is missing.
CHUNK = ((0...251).to_a.pack('C*') * 256).freeze

def text(body, status = 200)
  [status, { 'content-type' => 'text/plain', 'content-length' => body.bytesize.to_s }, [body]]
end

def receive(input)
  length = 0
  digest = Digest::SHA256.new
  while (chunk = input.read(CHUNK.bytesize))
    length += chunk.bytesize
    digest << chunk
  end
  %({"length":#{length},"sha256":"#{digest.hexdigest.upcase}"})
end

def download(size)
  chunks = Enumerator.new do |out|
    0.step(size - 1, CHUNK.bytesize) { |at| out << CHUNK.byteslice(0, size - at) }
  end
  [200, { 'content-type' => 'application/octet-stream', 'content-length' => size.to_s }, chunks]
end

run(lambda do |env|
  query = env['QUERY_STRING'].split('&').map { |pair| pair.split('=', 2) }.to_h
  case env['PATH_INFO']
  when '/' then text('hello')
  when '/slow'
    sleep(query['ms'].to_i / 1000.0)
    text('hello')
  when '/upload' then text(receive(env['rack.input']))
  when '/download' then download(query['bytes'].to_i)
  else text('not found', 404)
  end
end)
