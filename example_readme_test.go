package httpsec_test

import (
	"io"
	"log"
	"net/http"

	"github.com/httpsec/httpsec"
)

func Example() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/hello", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello\n")
	})

	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:     []string{"https://app.example.com"},
		Credentials: true,
	}))
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))

	log.Fatal(http.ListenAndServe("localhost:8080", secure(cors(mux))))
}
