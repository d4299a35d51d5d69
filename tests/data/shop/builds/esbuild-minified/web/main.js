function r(n,t){return{cents:s(n.cents+t.cents)}}function s(n){return Math.round(n)}var p=c();function c(){return["-","_"].concat(" ")}var o=n=>n.charAt(0).toUpperCase()+n.slice(1);function e(n){return n.length}var g=u();function u(){return["day","orders","sum"].map(t=>t.toUpperCase())}console.log(o("sum"),r({cents:1},{cents:2}),e([]));
//# sourceMappingURL=main.js.map
