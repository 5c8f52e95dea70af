package browsertest

import "github.com/httpsec/httpsec"

// listed is the policy of a service with two front ends, on its own site and on
// another.
func listed() httpsec.Config {
	return httpsec.Config{
		Origins:       []string{app, partner},
		Methods:       []string{"PUT", "PATCH", "DELETE", "OPTIONS"},
		Headers:       []string{"Authorization", "Content-Type", "X-Api-Key"},
		ExposeHeaders: []string{"X-Request-Id"},
		Credentials:   true,
	}
}

// public is the policy of a service whose responses are for everyone.
func public() httpsec.Config { return httpsec.Config{Origins: []string{"*"}} }

var requestCases = []testCase{
	{
		name: "GET", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo')`,
		sees:   "GET", reached: handled("GET /echo"),
	},
	{
		name: "HEAD", service: policy(listed()), relies: corsMiddleware,
		script: `return (await fetch(url('/echo'), {method: 'HEAD'})).status`,
		sees:   "200", reached: handled("HEAD /echo"),
	},
	{
		name: "POST of a form, without preflight", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo?show=body', {method: 'POST', body: new URLSearchParams({a: 1})})`,
		sees:   "POST a=1", reached: handled("POST /echo"),
	},
	{
		name: "POST of text, without preflight", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo?show=body', {method: 'POST', body: 'hello'})`,
		sees:   "POST hello", reached: handled("POST /echo"),
	},
	{
		name: "POST of a multipart form, without preflight", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo', {method: 'POST', body: new FormData()})`,
		sees:   "POST", reached: handled("POST /echo"),
	},
	{
		name: "POST of JSON", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo?show=body', {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}})`,
		sees:   "POST {}", reached: preflighted("POST /echo"),
	},
	{
		name: "PUT", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo', {method: 'PUT'})`,
		sees:   "PUT", reached: preflighted("PUT /echo"),
	},
	{
		name: "PATCH", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo', {method: 'PATCH'})`,
		sees:   "PATCH", reached: preflighted("PATCH /echo"),
	},
	{
		name: "DELETE", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo', {method: 'DELETE'})`,
		sees:   "DELETE", reached: preflighted("DELETE /echo"),
	},
	{
		name: "OPTIONS reaches the handler after its preflight", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo', {method: 'OPTIONS'})`,
		sees:   "OPTIONS", reached: preflighted("OPTIONS /echo"),
	},
	{
		name: "preflight status 204", relies: corsMiddleware,
		service: policy(httpsec.Config{Origins: []string{app}, PreflightStatus: 204}),
		script:  `return text('/echo', {method: 'PUT'})`,
		sees:    "PUT", reached: []string{"OPTIONS /echo 204 policy", "PUT /echo 200 handler"},
	},
	{
		name: "method that is not listed", service: policy(listed()), relies: methodList,
		script: `return text('/echo', {method: 'PURGE'})`,
		sees:   "TypeError", reached: answered("OPTIONS /echo", 200),
	},
	{
		name: "patch in lower case is another method", service: policy(listed()), relies: methodList,
		script: `return text('/echo', {method: 'patch'})`,
		sees:   "TypeError", reached: answered("OPTIONS /echo", 200),
	},
	{
		name: "PUT where only GET is listed", relies: methodList,
		service: policy(httpsec.Config{Origins: []string{app}, Methods: []string{"GET"}}),
		script:  `return text('/echo', {method: 'PUT'})`,
		sees:    "TypeError", reached: answered("OPTIONS /echo", 200),
	},
	{
		name: "POST where only GET is listed", relies: corsMiddleware,
		service: policy(httpsec.Config{Origins: []string{app}, Methods: []string{"GET"}}),
		script:  `return text('/echo', {method: 'POST', headers: {'X-Api-Key': '1'}})`,
		sees:    "POST", reached: preflighted("POST /echo"),
	},
	{
		name: "any method", relies: methodStar,
		service: policy(httpsec.Config{Origins: []string{app}, Methods: []string{"*"}}),
		script:  `return text('/echo', {method: 'PURGE'})`,
		sees:    "PURGE", reached: preflighted("PURGE /echo"),
	},
	{
		name: "any method with credentials", relies: repeatedMethod,
		service: policy(httpsec.Config{Origins: []string{app}, Methods: []string{"*"}, Credentials: true}),
		script:  `return text('/echo', {method: 'PURGE', credentials: 'include'})`,
		sees:    "PURGE", reached: preflighted("PURGE /echo"),
	},
	{
		name: "Authorization", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo?show=Authorization', {headers: {Authorization: 'Bearer 1'}})`,
		sees:   "GET Bearer 1", reached: preflighted("GET /echo"),
	},
	{
		name: "header of our own", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo?show=X-Api-Key', {headers: {'x-api-key': '1'}})`,
		sees:   "GET 1", reached: preflighted("GET /echo"),
	},
	{
		name: "header that is not listed", service: policy(listed()), relies: headerList,
		script: `return text('/echo', {headers: {'X-Other': '1'}})`,
		sees:   "TypeError", reached: answered("OPTIONS /echo", 200),
	},
	{
		name: "JSON where only Accept is listed", relies: headerList,
		service: policy(httpsec.Config{Origins: []string{app}, Headers: []string{"Accept"}}),
		script:  `return text('/echo', {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}})`,
		sees:    "TypeError", reached: answered("OPTIONS /echo", 200),
	},
	{
		name: "any header, without credentials", relies: headerStar,
		service: policy(httpsec.Config{Origins: []string{app}}),
		script:  `return text('/echo?show=X-Other', {headers: {'X-Other': '1', 'X-More': '2'}})`,
		sees:    "GET 1", reached: preflighted("GET /echo"),
	},
	{
		name: "any header and Authorization, though Chromium takes it for part of any", relies: namedAuthorization,
		service: policy(httpsec.Config{Origins: []string{app}}),
		script:  `return text('/echo', {headers: {Authorization: 'Bearer 1', 'X-Other': '1'}})`,
		sees:    "GET", reached: preflighted("GET /echo"), carries: "Access-Control-Allow-Headers: *, Authorization",
	},
	{
		name: "any header with credentials", relies: repeatedNames,
		service: policy(httpsec.Config{Origins: []string{app}, Credentials: true}),
		script:  `return text('/echo?show=X-Other', {headers: {'X-Other': '1', 'X-More': '2'}, credentials: 'include'})`,
		sees:    "GET 1", reached: preflighted("GET /echo"),
	},
	{
		name: "more header names than are repeated", relies: repeatLimit,
		service: policy(httpsec.Config{Origins: []string{app}, Credentials: true}),
		script:  `return text('/echo', {headers: Array.from({length: 300}, (_, i) => ['x-' + 'a'.repeat(30) + i, '1'])})`,
		sees:    "TypeError", reached: answered("OPTIONS /echo", 200),
	},
	{
		name: "upload with progress events", service: policy(listed()), relies: corsMiddleware,
		script: `const x = new XMLHttpRequest();
			x.open('POST', url('/echo'));
			x.upload.onprogress = () => {};
			const done = event(x, 'load', 'error');
			x.send('hello');
			await done;
			return x.responseText`,
		sees: "POST", reached: preflighted("POST /echo"),
	},
	{
		name: "upload from a stream", service: policy(listed()), relies: corsMiddleware,
		script: `const body = new Blob(['hello']).stream();
			return text('/echo?show=body', {method: 'POST', body, duplex: 'half'})`,
		sees: "POST hello", reached: preflighted("POST /echo"),
		differs: map[engineName]divergence{
			firefox: {why: "does not send streams, but what they are called", sees: "POST [object ReadableStream]", reached: handled("POST /echo")},
			webkit:  {why: "does not send streams", sees: "NotSupportedError", reached: []string{}, inert: true},
		},
	},
	{
		name: "beacon of JSON", service: policy(listed()), relies: corsMiddleware,
		script: `return navigator.sendBeacon(url('/echo'), new Blob(['{}'], {type: 'application/json'}))`,
		sees:   "true", reached: preflighted("POST /echo"),
	},
	{
		name: "range", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/echo?show=Range', {headers: {Range: 'bytes=0-9'}})`,
		sees:   "GET bytes=0-9", reached: handled("GET /echo"),
	},
}

var responseCases = []testCase{
	{
		name: "exposed header", service: policy(listed()), relies: exposedNames,
		script: `return (await fetch(url('/echo'))).headers.get('X-Request-Id')`,
		sees:   "42", reached: handled("GET /echo"),
	},
	{
		name: "hidden header", service: policy(listed()), relies: exposeList,
		script: `return (await fetch(url('/echo'))).headers.get('X-Internal')`,
		sees:   "null", reached: handled("GET /echo"),
	},
	{
		name: "safelisted header", service: policy(listed()), relies: corsMiddleware,
		script: `return (await fetch(url('/echo'))).headers.get('Content-Type')`,
		sees:   "text/plain; charset=utf-8", reached: handled("GET /echo"),
	},
	{
		name: "all headers exposed", relies: exposedNames,
		service: policy(httpsec.Config{Origins: []string{"*"}, ExposeHeaders: []string{"*"}}),
		script:  `return (await fetch(url('/echo'))).headers.get('X-Internal')`,
		sees:    "7", reached: handled("GET /echo"),
	},
	{
		name: "status 404", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/status/404')`,
		sees:   "status 404", reached: []string{"GET /status/404 404 handler"},
	},
	{
		name: "status 401 after a preflight", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/status/401', {headers: {Authorization: 'Bearer 1'}})`,
		sees:   "status 401", reached: []string{"OPTIONS /status/401 200 policy", "GET /status/401 401 handler"},
	},
	{
		name: "status 500 is not for others to see", service: policy(listed()), relies: originCheck, visit: blank(evil),
		script: `return text('/status/500')`,
		sees:   "TypeError", reached: []string{"GET /status/500 500 handler"},
	},
	{
		name: "panic that the program recovers", service: policy(listed()), relies: corsMiddleware,
		script: `return (await fetch(url('/panic'), {method: 'POST'})).status`,
		sees:   "500", reached: []string{"POST /panic 500 handler"},
	},
	{
		name: "redirect", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/redirect?to=' + encodeURIComponent(url('/echo')))`,
		sees:   "GET", reached: []string{"GET /redirect 307 handler", "GET /echo 200 handler"},
	},
	{
		name: "redirect of a PUT", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/redirect?to=' + encodeURIComponent(url('/echo')), {method: 'PUT'})`,
		sees:   "PUT",
		reached: []string{
			"OPTIONS /redirect 200 policy", "PUT /redirect 307 handler",
			"OPTIONS /echo 200 policy", "PUT /echo 200 handler",
		},
	},
	{
		name: "redirect by the mux", service: policy(listed()), relies: corsMiddleware,
		script: `return text('/directory')`,
		sees:   "GET", reached: []string{"GET /directory 307 handler", "GET /directory/ 200 handler"},
	},
	{
		name: "redirect to another host makes the origin null", service: policy(listed()), relies: originCheck,
		script:  `return text('/redirect?to=' + encodeURIComponent(url('https://other.example.org/echo?show=Origin')))`,
		sees:    "TypeError",
		reached: []string{"GET /redirect 307 handler", "GET /echo 200 handler"},
	},
	{
		name: "redirect to another host that is for everyone", service: policy(public()), relies: corsMiddleware,
		script:  `return text('/redirect?to=' + encodeURIComponent(url('https://other.example.org/echo?show=Origin')))`,
		sees:    "GET null",
		reached: []string{"GET /redirect 307 handler", "GET /echo 200 handler"},
	},
	{
		name: "stream arrives in pieces", service: policy(listed()), relies: corsMiddleware,
		script: `const reader = (await fetch(url('/chunks'))).body.pipeThrough(new TextDecoderStream()).getReader();
			const first = (await reader.read()).value;
			await text('/chunks', {method: 'POST'});
			return first + (await reader.read()).value`,
		sees: "onetwo", reached: handled("GET /chunks", "POST /chunks"),
	},
	{
		name: "EventSource comes back with the last event", service: policy(listed()), relies: corsMiddleware,
		script: `const source = new EventSource(url('/events'), {withCredentials: true});
			const first = await event(source, 'message', 'error');
			if (first.type === 'error') return 'error';
			const second = await event(source, 'message');
			source.close();
			return first.data + second.data`,
		sees: "after <>after <1>", reached: handled("GET /events", "GET /events"),
	},
	{
		name: "EventSource from elsewhere", service: policy(listed()), relies: originCheck, visit: blank(evil),
		script: `const source = new EventSource(url('/events'));
			return (await event(source, 'message', 'error')).type + source.readyState`,
		sees: "error2", reached: handled("GET /events"),
	},
	{
		name: "module script", service: policy(listed()), relies: corsMiddleware,
		script: `return load(element('script'), {type: 'module', src: url('/module')})`,
		sees:   "load", reached: handled("GET /module"),
	},
	{
		name: "module script from elsewhere", service: policy(listed()), relies: originCheck, visit: blank(evil),
		script: `return load(element('script'), {type: 'module', src: url('/module')})`,
		sees:   "error", reached: handled("GET /module"),
	},
	{
		name: "image for a canvas", service: policy(listed()), relies: corsMiddleware,
		script: `const image = element('img');
			const loaded = await load(image, {crossOrigin: 'use-credentials', src: url('/image')});
			const canvas = element('canvas');
			canvas.getContext('2d').drawImage(image, 0, 0);
			return loaded + ' ' + canvas.toDataURL().slice(0, 14)`,
		sees: "load data:image/png", reached: handled("GET /image"),
	},
	{
		name: "image for a canvas elsewhere", service: policy(listed()), relies: originCheck, visit: blank(evil),
		script: `return load(element('img'), {crossOrigin: 'anonymous', src: url('/image')})`,
		sees:   "error", reached: handled("GET /image"),
	},
}
