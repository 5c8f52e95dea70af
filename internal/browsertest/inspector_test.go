package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// kitTab is a process of WebKit with one window.
type kitTab struct {
	process *exec.Cmd
	profile string // its directory
	conn    *websocket.Conn
	said    *journal
	ready   chan struct{} // closed when there is a target

	mu      sync.Mutex
	target  string // the page: one of another site may be another target
	last    int
	waiting map[int]waiter
}

// waiter is who waits for an answer of a page.
type waiter struct {
	target   string
	answered chan<- inspectorMessage
}

type inspectorMessage struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  struct{ Message string }
}

var inspected = regexp.MustCompile(`/socket/\d+/\d+/WebPage`)

// connect waits for the inspector's server and for the page.
func (tab *kitTab) connect(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var path string
	for path == "" {
		if response, err := http.Get("http://" + address); err == nil {
			list, _ := io.ReadAll(response.Body)
			response.Body.Close()
			path = string(inspected.Find(list))
		}
		select {
		case <-ctx.Done():
			return errors.New("WebKit's inspector names no page")
		case <-time.After(20 * time.Millisecond):
		}
	}
	conn, _, err := websocket.Dial(ctx, "ws://"+address+path, nil)
	if err != nil {
		return err
	}
	conn.SetReadLimit(-1)
	tab.conn = conn
	go tab.read()
	select {
	case <-tab.ready:
		return nil
	case <-ctx.Done():
		return errors.New("WebKit's inspector has no target")
	}
}

// read hands answers to those who wait for them, and events to listen.
func (tab *kitTab) read() {
	for {
		var m inspectorMessage
		if err := wsjson.Read(context.Background(), tab.conn, &m); err != nil {
			return
		}
		tab.listen(m)
	}
}

// listen takes a message of the inspector, or of a page within one.
func (tab *kitTab) listen(m inspectorMessage) {
	var params struct {
		TargetInfo struct {
			TargetID      string
			IsProvisional bool
		}
		NewTargetID string
		Message     json.RawMessage
	}
	json.Unmarshal(m.Params, &params)
	switch m.Method {
	case "":
		tab.answer(m)
	case "Target.targetCreated":
		tab.created(params.TargetInfo.TargetID, params.TargetInfo.IsProvisional)
	case "Target.didCommitProvisionalTarget":
		tab.committed(params.NewTargetID)
	case "Target.dispatchMessageFromTarget":
		var text string
		var inner inspectorMessage
		if json.Unmarshal(params.Message, &text) == nil && json.Unmarshal([]byte(text), &inner) == nil {
			tab.listen(inner)
		}
	case "Console.messageAdded":
		var message struct{ Text string }
		if json.Unmarshal(params.Message, &message) == nil {
			tab.said.add(message.Text)
		}
	}
}

// answer hands over an answer: that of the inspector has the number behind that of
// the page, and only counts where the page has none.
func (tab *kitTab) answer(m inspectorMessage) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	id := m.ID
	if m.Error.Message != "" && id%2 == 1 {
		id--
	}
	if waiting, ok := tab.waiting[id]; ok {
		delete(tab.waiting, id)
		waiting.answered <- m
	}
}

func (tab *kitTab) created(target string, provisional bool) {
	if !provisional {
		tab.committed(target)
	}
	go tab.callTarget(target, "Console.enable", object{}, nil)
}

func (tab *kitTab) committed(target string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	if tab.target == "" {
		close(tab.ready)
	}
	tab.target = target
	// The page that was there before answers nobody.
	for id, waiting := range tab.waiting {
		if waiting.target != target {
			delete(tab.waiting, id)
			var gone inspectorMessage
			gone.Error.Message = "the page is gone"
			waiting.answered <- gone
		}
	}
}

// call sends a command to the page and decodes its result.
func (tab *kitTab) call(method string, params, result any) error {
	tab.mu.Lock()
	target := tab.target
	tab.mu.Unlock()
	return tab.callTarget(target, method, params, result)
}

func (tab *kitTab) callTarget(target, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), pageTimeout)
	defer cancel()
	answered := make(chan inspectorMessage, 1)
	tab.mu.Lock()
	tab.last += 2
	inner, outer := tab.last, tab.last+1
	tab.waiting[inner] = waiter{target, answered}
	message, err := json.Marshal(object{"id": inner, "method": method, "params": params})
	if err == nil {
		err = wsjson.Write(ctx, tab.conn, object{"id": outer, "method": "Target.sendMessageToTarget",
			"params": object{"targetId": target, "message": string(message)}})
	}
	tab.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case m := <-answered:
		if m.Error.Message != "" {
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}
