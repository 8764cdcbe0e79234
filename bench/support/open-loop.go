// Open-loop load in a process of its own: a request falls due every 1/rate seconds, whether or not earlier ones were
// answered, and is measured from the moment it was due, also while it waits for a free connection (so a stall counts
// against every request that it delays: coordinated omission). One thread over epoll, to take little of the machine that
// it measures. Answers must be framed by Content-Length. Argument: one JSON plan; prints one JSON line. Linux only.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

type plan struct {
	URL         string  `json:"url"`
	Rate        float64 `json:"rate"`
	Seconds     float64 `json:"seconds"`
	Connections int     `json:"connections"`
	Body        string  `json:"body"`
}

type report struct {
	Answered   int     `json:"answered"`
	Non2xx     int     `json:"non2xx"`
	Broken     int     `json:"broken"`
	LatestMs   float64 `json:"latestMs"`
	P50Micros  float64 `json:"p50Micros"`
	P90Micros  float64 `json:"p90Micros"`
	P99Micros  float64 `json:"p99Micros"`
	P999Micros float64 `json:"p999Micros"`
	MaxMicros  float64 `json:"maxMicros"`
}

// A connection carries one request at a time: `at` is its number, -1 while there is none.
type connection struct {
	fd   int
	at   int
	head []byte
	left int // bytes of the answer's body to come, -1 before its head is complete
}

type load struct {
	plan        plan
	request     []byte
	total       int
	began       time.Time
	poll        int
	connections map[int32]*connection
	free        []*connection
	waiting     []int
	took        []time.Duration
	report      report
}

func main() {
	runtime.LockOSThread()
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: open-loop PLAN, a JSON object: url, rate, seconds, connections, body (a file)"))
	}
	var l load
	check(json.Unmarshal([]byte(os.Args[1]), &l.plan))
	l.open()
	l.run()
	check(json.NewEncoder(os.Stdout).Encode(l.quantiles()))
}

func (l *load) open() {
	target, err := url.Parse(l.plan.URL)
	check(err)
	l.request = requestOf(target, l.plan.Body)
	l.total = int(l.plan.Rate*l.plan.Seconds + 0.5)
	l.took = make([]time.Duration, l.total)
	l.connections = map[int32]*connection{}
	l.poll, err = syscall.EpollCreate1(0)
	check(err)
	port, err := strconv.Atoi(target.Port())
	check(err)
	for range l.plan.Connections {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		check(err)
		check(syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
		check(syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1))
		check(syscall.SetNonblock(fd, true))
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
		check(syscall.EpollCtl(l.poll, syscall.EPOLL_CTL_ADD, fd, &event))
		c := &connection{fd: fd, at: -1, left: -1}
		l.connections[int32(fd)] = c
		l.free = append(l.free, c)
	}
}

func requestOf(target *url.URL, file string) []byte {
	if file == "" {
		return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target.Path, target.Host)
	}
	body, err := os.ReadFile(file)
	check(err)
	head := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		target.Path, target.Host, len(body))
	return append(head, body...)
}

func (l *load) run() {
	events := make([]syscall.EpollEvent, l.plan.Connections)
	buffer := make([]byte, 64*1024)
	l.began = time.Now().Add(50 * time.Millisecond)
	for sent := 0; l.report.Answered+l.report.Broken < l.total; {
		for ; sent < l.total; sent++ {
			late := time.Since(l.due(sent))
			if late < 0 {
				break
			}
			l.report.LatestMs = max(l.report.LatestMs, float64(late.Microseconds())/1000)
			l.begin(sent)
		}
		pause := time.Second
		if sent < l.total {
			pause = max(0, time.Until(l.due(sent)))
		}
		for _, event := range events[:l.wait(events, pause)] {
			l.receive(l.connections[event.Fd], buffer)
		}
	}
}

func (l *load) due(at int) time.Time {
	return l.began.Add(time.Duration(float64(at) / l.plan.Rate * 1e9))
}

// epoll_pwait2(2): epoll_wait with a time-out in nanoseconds.
func (l *load) wait(events []syscall.EpollEvent, pause time.Duration) int {
	const epollPwait2 = 441
	limit := syscall.NsecToTimespec(pause.Nanoseconds())
	n, _, errno := syscall.RawSyscall6(epollPwait2, uintptr(l.poll), uintptr(unsafe.Pointer(&events[0])),
		uintptr(len(events)), uintptr(unsafe.Pointer(&limit)), 0, 0)
	if errno != 0 && errno != syscall.EINTR {
		fail(fmt.Errorf("epoll_pwait2: %w", errno))
	}
	if errno != 0 {
		return 0
	}
	return int(n)
}

// A system call that Go's scheduler does not hear of. Of others its monitor thread wakes up every 20 microseconds to take
// the processor away from whoever waits, which costs more than the load itself.
func raw(call uintptr, fd int, bytes []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&bytes[0])), uintptr(len(bytes)))
	return int(n), errno
}

func (l *load) begin(at int) {
	if len(l.free) == 0 {
		l.waiting = append(l.waiting, at)
		return
	}
	c := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	l.send(c, at)
}

func (l *load) send(c *connection, at int) {
	c.at, c.left, c.head = at, -1, c.head[:0]
	if n, errno := raw(syscall.SYS_WRITE, c.fd, l.request); errno != 0 || n != len(l.request) {
		l.lose(c)
	}
}

func (l *load) lose(c *connection) {
	check(syscall.Close(c.fd))
	delete(l.connections, int32(c.fd))
	l.free = slices.DeleteFunc(l.free, func(other *connection) bool { return other == c })
	if c.at >= 0 {
		l.took[c.at] = time.Hour
		l.report.Broken++
	}
	if len(l.connections) == 0 {
		fail(fmt.Errorf("all connections were closed after %d answers", l.report.Answered))
	}
}

func (l *load) receive(c *connection, buffer []byte) {
	n, errno := raw(syscall.SYS_READ, c.fd, buffer)
	if errno == syscall.EAGAIN {
		return
	}
	if errno != 0 || n == 0 || c.at < 0 {
		l.lose(c)
		return
	}
	chunk := buffer[:n]
	if c.left < 0 {
		c.head = append(c.head, chunk...)
		end := bytes.Index(c.head, []byte("\r\n\r\n"))
		if end < 0 {
			return
		}
		if c.head[9] != '2' {
			l.report.Non2xx++
		}
		c.left = contentLength(c.head[:end+2]) - (len(c.head) - end - 4)
	} else {
		c.left -= n
	}
	if c.left > 0 {
		return
	}
	l.took[c.at] = time.Since(l.due(c.at))
	l.report.Answered++
	c.at = -1
	if len(l.waiting) == 0 {
		l.free = append(l.free, c)
		return
	}
	next := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.send(c, next)
}

func contentLength(head []byte) int {
	const name = "\r\ncontent-length:"
	at := bytes.Index(bytes.ToLower(head), []byte(name))
	if at < 0 {
		fail(fmt.Errorf("an answer without Content-Length:\n%s", head))
	}
	value, _, _ := bytes.Cut(head[at+len(name):], []byte("\r\n"))
	length, err := strconv.Atoi(string(bytes.TrimSpace(value)))
	check(err)
	return length
}

func (l *load) quantiles() report {
	slices.Sort(l.took)
	at := func(percent float64) float64 {
		index := int(percent/100*float64(l.total)+0.999999) - 1
		return float64(l.took[min(max(index, 0), l.total-1)].Nanoseconds()) / 1000
	}
	l.report.P50Micros, l.report.P90Micros, l.report.P99Micros = at(50), at(90), at(99)
	l.report.P999Micros, l.report.MaxMicros = at(99.9), at(100)
	return l.report
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "open-loop:", err)
	os.Exit(1)
}
