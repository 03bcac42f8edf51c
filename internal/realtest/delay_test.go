package realtest

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// delay is a TCP proxy that delivers bytes later, in each direction by half of the
// round trip. It limits no throughput.
type delay struct {
	net.Listener
	target string
	half   time.Duration
	opened atomic.Int64 // number of connections
}

// newDelay starts a proxy that stops at the end of the test.
func newDelay(t *testing.T, target string, roundTrip time.Duration) *delay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	d := &delay{Listener: l, target: target, half: roundTrip / 2}
	go d.serve()
	return d
}

func (d *delay) serve() {
	for {
		client, err := d.Accept()
		if err != nil {
			return
		}
		d.opened.Add(1)
		go d.connect(client)
	}
}

func (d *delay) connect(client net.Conn) {
	time.Sleep(2 * d.half) // of the handshake
	server, err := net.Dial("tcp", d.target)
	if err != nil {
		client.Close()
		return
	}
	go d.copy(server, client)
	d.copy(client, server)
}

// packet is bytes and when they arrive.
type packet struct {
	b  []byte
	at time.Time
}

func (d *delay) copy(to, from net.Conn) {
	packets := make(chan packet, 4096)
	go func() {
		defer to.Close()
		for p := range packets {
			time.Sleep(time.Until(p.at))
			if _, err := to.Write(p.b); err != nil {
				from.Close()
				for range packets {
				}
				return
			}
		}
	}()
	defer close(packets)
	for {
		b := make([]byte, 32<<10)
		n, err := from.Read(b)
		if n > 0 {
			packets <- packet{b[:n], time.Now().Add(d.half)}
		}
		if err != nil {
			if err != io.EOF {
				to.Close()
			}
			return
		}
	}
}
